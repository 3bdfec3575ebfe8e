"""Tasks answered by a library's own pipeline: on ONNX Runtime where the model exports, else on torch."""
