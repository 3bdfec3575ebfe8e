"""Models of tables: estimators of scikit-learn, and the ONNX graphs that are made of them."""
