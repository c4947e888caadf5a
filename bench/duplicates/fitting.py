write = None
