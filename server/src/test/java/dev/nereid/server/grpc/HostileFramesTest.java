package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.hostile.Http2Wire;
import dev.nereid.server.observe.Logging;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is no gRPC, or no HTTP/2, ends its call or its connection, and leaves no trace in the log. */
@Tag("found-9")
@Timeout(60)
class HostileFramesTest {
    private static final String INFER = "/inference.GRPCInferenceService/ModelInfer";
    private static final String REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

    @TempDir
    private Path root;

    /** Keeps which loggers of libraries warn. */
    private static final class Warnings extends Handler {
        private final ConcurrentLinkedQueue<String> loggers = new ConcurrentLinkedQueue<>();

        @Override
        public void publish(LogRecord warning) {
            if (warning.getLevel().intValue() >= Level.WARNING.intValue()) {
                loggers.add(String.valueOf(warning.getLoggerName()));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static byte[] message(int coding, int length, int... bytes) {
        byte[] message = new byte[5 + bytes.length];
        message[0] = (byte) coding;
        message[1] = (byte) (length >> 24);
        message[2] = (byte) (length >> 16);
        message[3] = (byte) (length >> 8);
        message[4] = (byte) length;
        for (int i = 0; i < bytes.length; i++) {
            message[5 + i] = (byte) bytes[i];
        }
        return message;
    }

    /** Data of calls whose messages are none. */
    private static List<byte[]> messages() {
        return List.of(
                message(0, 3, 0xFF, 0xFF, 0xFF),
                message(8, 3, 1, 2, 3),
                message(1, 3, 1, 2, 3),
                message(0, -1, 1),
                new byte[] {0, 0},
                message(0, 10, 1));
    }

    /** Frames that are none of a call. */
    private static List<byte[]> frames() {
        return List.of(
                Http2Wire.frame(Http2Wire.HEADERS, Http2Wire.END_HEADERS, 1, new byte[] {-1, -1, -1, -1, -1, -1}),
                Http2Wire.frame(Http2Wire.HEADERS, Http2Wire.END_HEADERS, 2, Http2Wire.headers(INFER, Map.of())),
                Http2Wire.frame(Http2Wire.CONTINUATION, 0, 1),
                Http2Wire.frame(Http2Wire.DATA, 0, 5, new byte[10]),
                Http2Wire.frame(Http2Wire.SETTINGS, 0, 0, new byte[5]),
                Http2Wire.frame(Http2Wire.RESET, 0, 0, new byte[4]),
                new byte[] {-1, -1, -1, 0, 0, 0, 0, 0, 1},
                Http2Wire.call(1, "no path"));
    }

    @Test
    void warnsOfNoneOfThem() throws IOException {
        Warnings warnings = new Warnings();
        Logger libraries = Logger.getLogger("");
        libraries.addHandler(warnings);
        try (RunningFront running = new RunningFront(root)) {
            for (String method : List.of(INFER, REFLECTION)) {
                for (byte[] message : messages()) {
                    try (Http2Wire wire = Http2Wire.begin(running.port())) {
                        wire.send(Http2Wire.call(1, method))
                                .send(Http2Wire.frame(Http2Wire.DATA, Http2Wire.END_STREAM, 1, message));
                        assertThat(wire.receive(Http2Wire.HEADERS)).isPresent();
                    }
                }
            }
            for (byte[] frame : frames()) {
                try (Http2Wire wire = Http2Wire.begin(running.port())) {
                    assertThat(wire.receive(Http2Wire.SETTINGS)).isPresent();
                    wire.send(frame);
                    wire.receive(
                            frame[3] == Http2Wire.HEADERS && frame[8] == 1 ? Http2Wire.HEADERS : Http2Wire.GO_AWAY);
                }
            }
        } finally {
            libraries.removeHandler(warnings);
        }
        assertThat(Logging.BROKEN_STREAMS).containsAll(warnings.loggers);
    }
}
