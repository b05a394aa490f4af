"""The three Glue jobs: parse the arguments, call one function, print what happened."""
