package dev.nereid.server.tensorflow.models;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.nereid.proto.tensorflow.PredictionLog;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The requests that a version brings to be warmed up with, a file of TFRecords: length, its checksum, data, its checksum.
 * Sources: record_writer.cc, saved_model_warmup_util.cc.
 */
final class WarmupRecords {
    /** Where they lie in the folder of a version. */
    static final Path FILE = Path.of("assets.extra", "tf_serving_warmup_requests");

    /** More are an error. */
    private static final int MOST_RECORDS = 1000;

    private static final long MOST_BYTES = 256L << 20;
    private static final int MASK_DELTA = 0xa282ead8;

    private WarmupRecords() {}

    /**
     * Reads all records of a version.
     *
     * @return none where the version brings none
     * @throws IOException with a sentence if the file is damaged, or too large
     */
    static List<PredictionLog> read(Path versionFolder) throws IOException {
        Path file = versionFolder.resolve(FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException(file + " has " + Files.size(file) + " bytes: expected no more than " + MOST_BYTES);
        }
        List<PredictionLog> logs = new ArrayList<>();
        try (InputStream stream = Files.newInputStream(file);
                DataInputStream in = new DataInputStream(stream)) {
            byte[] length = new byte[Long.BYTES];
            for (int read = in.readNBytes(length, 0, length.length); read > 0; read = in.readNBytes(length, 0, 8)) {
                if (logs.size() == MOST_RECORDS) {
                    throw new IOException(
                            file + ": Number of warmup records exceeds the maximum (" + MOST_RECORDS + ")");
                }
                logs.add(record(file, logs.size(), in, length, read));
            }
        }
        return logs;
    }

    private static PredictionLog record(Path file, int index, DataInputStream in, byte[] length, int read)
            throws IOException {
        String damaged = file + ": record " + index + " is damaged: ";
        try {
            if (read < length.length) {
                throw new EOFException();
            }
            check(damaged + "its length", length, in);
            long bytes = Long.reverseBytes(ByteBuffer.wrap(length).getLong());
            if (bytes < 0 || bytes > MOST_BYTES) {
                throw new IOException(damaged + "it has " + bytes + " bytes");
            }
            byte[] data = in.readNBytes((int) bytes);
            check(damaged + "its data", data, in);
            return PredictionLog.parseFrom(data);
        } catch (EOFException e) {
            throw new IOException(damaged + "the file ends in it", e);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(damaged + e.getMessage(), e);
        }
    }

    private static void check(String what, byte[] bytes, DataInputStream in) throws IOException {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        int masked = Integer.rotateRight((int) checksum.getValue(), 15) + MASK_DELTA;
        if (Integer.reverseBytes(in.readInt()) != masked) {
            throw new IOException(what + " does not have its checksum");
        }
    }
}
