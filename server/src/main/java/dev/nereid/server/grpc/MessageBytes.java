package dev.nereid.server.grpc;

import io.grpc.KnownLength;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The bytes of a message that have been read out of the library's buffers. The array is not copied and must not change. */
final class MessageBytes extends ByteArrayInputStream implements KnownLength {
    private static final int CHUNK = 64 << 10;

    private MessageBytes(byte[] bytes) {
        super(bytes);
    }

    /**
     * Reads all of a message, once.
     *
     * @throws dev.nereid.server.protocol.InferException if there is no memory for what a compressed one becomes
     */
    static MessageBytes of(InputStream message) throws IOException {
        if (message instanceof MessageBytes bytes) {
            return bytes;
        }
        if (!(message instanceof KnownLength)) {
            return new MessageBytes(inflated(message, CallMemory.current()));
        }
        byte[] bytes = new byte[message.available()];
        if (message.readNBytes(bytes, 0, bytes.length) < bytes.length) {
            throw new EOFException("the message ends early");
        }
        return new MessageBytes(bytes);
    }

    /** Reads a message that was compressed. Its pieces have been counted when they were inflated, this counts the whole. */
    private static byte[] inflated(InputStream message, CallMemory memory) throws IOException {
        List<byte[]> pieces = new ArrayList<>();
        int length = 0;
        for (byte[] piece = message.readNBytes(CHUNK); piece.length > 0; piece = message.readNBytes(CHUNK)) {
            memory.takeForRequest(piece.length);
            pieces.add(piece);
            length = Math.addExact(length, piece.length);
        }
        byte[] bytes = new byte[length];
        int position = 0;
        for (byte[] piece : pieces) {
            System.arraycopy(piece, 0, bytes, position, piece.length);
            position += piece.length;
        }
        return bytes;
    }

    byte[] array() {
        return buf;
    }
}
