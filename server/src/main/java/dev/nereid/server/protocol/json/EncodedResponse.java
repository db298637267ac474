package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.tensor.Buffer;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A response ready to be written: its JSON, and the tensors whose bytes follow it. */
public final class EncodedResponse {
    private static final int CHUNK = 64 << 10;

    private final JsonWriter json;
    private final List<Tensor> binary;
    private final long binaryBytes;

    EncodedResponse(JsonWriter json, List<Tensor> binary) {
        this.json = json;
        this.binary = List.copyOf(binary);
        long bytes = 0;
        for (Tensor tensor : binary) {
            bytes += BytesCodec.binarySize(tensor);
        }
        this.binaryBytes = bytes;
    }

    /** Bytes of the JSON part. */
    public int jsonBytes() {
        return json.length();
    }

    /** Whether bytes follow the JSON. */
    public boolean hasBinary() {
        return binaryBytes > 0;
    }

    /** Bytes of the whole. */
    public long length() {
        return json.length() + binaryBytes;
    }

    /** Whether the whole is best sent at once, as {@link #array}. */
    public boolean isSmall() {
        return length() <= CHUNK;
    }

    /** The whole of a {@link #isSmall small} one, in the first {@link #length} bytes. Called once, and nothing else then. */
    public byte[] array() {
        for (Tensor tensor : binary) {
            switch (tensor.buffer()) {
                case Buffer.Host host -> json.raw(host.segment().asSlice(0, tensor.byteSize()));
                case Buffer.Strings strings -> {
                    byte[] wire = new byte[Math.toIntExact(BytesCodec.binarySize(tensor))];
                    BytesCodec.encode(strings.elements(), tensor.shape().elements(), MemorySegment.ofArray(wire), 0);
                    json.raw(MemorySegment.ofArray(wire));
                }
            }
        }
        return json.buffer();
    }

    /** Writes JSON and binary data. */
    public void writeTo(OutputStream stream) throws IOException {
        if (!hasBinary()) {
            for (int position = 0; position < json.length(); position += CHUNK) {
                stream.write(json.buffer(), position, Math.min(CHUNK, json.length() - position));
            }
            return;
        }
        ChunkedOutput output = new ChunkedOutput(stream, (int) Math.min(CHUNK, length()));
        output.put(MemorySegment.ofArray(json.buffer()).asSlice(0, json.length()));
        for (Tensor tensor : binary) {
            switch (tensor.buffer()) {
                case Buffer.Host host -> output.put(host.segment().asSlice(0, tensor.byteSize()));
                case Buffer.Strings strings -> {
                    for (int i = 0; i < tensor.shape().elements(); i++) {
                        output.putString(strings.elements()[i]);
                    }
                }
            }
        }
        output.flush();
    }

    /** Gathers bytes into writes of some size. */
    private static final class ChunkedOutput {
        private final OutputStream stream;
        private final byte[] chunk;
        private final byte[] prefix = new byte[BytesCodec.PREFIX_BYTES];
        private int filled;

        ChunkedOutput(OutputStream stream, int chunkBytes) {
            this.stream = stream;
            this.chunk = new byte[chunkBytes];
        }

        void put(MemorySegment bytes) throws IOException {
            long position = 0;
            while (position < bytes.byteSize()) {
                if (filled == chunk.length) {
                    flush();
                }
                int count = (int) Math.min(chunk.length - filled, bytes.byteSize() - position);
                MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, position, chunk, filled, count);
                filled += count;
                position += count;
            }
        }

        void putString(byte[] element) throws IOException {
            ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).putInt(element.length);
            put(MemorySegment.ofArray(prefix));
            put(MemorySegment.ofArray(element));
        }

        void flush() throws IOException {
            stream.write(chunk, 0, filled);
            filled = 0;
        }
    }
}
