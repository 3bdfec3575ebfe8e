from tenfold_operator.main import main

if __name__ == "__main__":
    main()
