import sys

from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

# A body as it comes in from the network, a few kilobytes at a time.
decoder = MultipartDecoder(b"anchor", max_parts=50)
sizes = {}
with open(sys.argv[1], "rb") as body:
    event = None
    while not isinstance(event, Epilogue):
        chunk = body.read(4096)
        decoder.receive_data(chunk or None)
        event = decoder.next_event()
        while not isinstance(event, (Epilogue, NeedData)):
            if isinstance(event, (Field, File)):
                name = event.name
            elif isinstance(event, Data):
                sizes[name] = sizes.get(name, 0) + len(event.data)
            event = decoder.next_event()
print(sizes)
