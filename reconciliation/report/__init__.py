"""What people open of a published day: its page and the files beside it, made of figures. No I/O."""
