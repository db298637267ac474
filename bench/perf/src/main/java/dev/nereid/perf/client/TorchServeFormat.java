package dev.nereid.perf.client;

import dev.nereid.perf.data.ElementType;
import dev.nereid.perf.data.InferenceRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * TorchServe's inference interface: a body is a file, whose name is the one string of the input, as perf_analyzer has it.
 *
 * @param version empty for the server's choice
 */
public record TorchServeFormat(String model, String version) implements HttpFormat {
    @Override
    public String path() {
        return "/predictions/" + model + (version.isEmpty() ? "" : "/" + version);
    }

    @Override
    public Body encode(InferenceRequest request) {
        Path file = Path.of(
                (String) ElementType.BYTES.next(request.inputs().getFirst().content()));
        try {
            return new Body(ByteBuffer.wrap(Files.readAllBytes(file)), "application/octet-stream", 0);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the file '" + file + "' that the input data names cannot be read: " + e.getMessage(), e);
        }
    }

    /** Answers have any form: there is nothing to compare. */
    @Override
    public Map<String, ByteBuffer> outputs(byte[] body, int jsonLength) {
        return Map.of();
    }
}
