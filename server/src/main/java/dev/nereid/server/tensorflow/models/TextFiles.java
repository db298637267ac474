package dev.nereid.server.tensorflow.models;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.nereid.proto.tensorflow.BatchingParameters;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import dev.nereid.proto.tensorflow.MonitoringConfig;
import dev.nereid.proto.tensorflow.SSLConfig;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** TensorFlow Serving's configuration files, which are protobuf text. */
public final class TextFiles {
    /** No configuration is as large. */
    private static final long MOST_BYTES = 16 << 20;

    private TextFiles() {}

    /**
     * The file of {@code --model_config_file}.
     *
     * @throws InferException if it cannot be read, with the place of what is wrong
     */
    public static ModelServerConfig models(Path file) {
        ModelServerConfig.Builder config = ModelServerConfig.newBuilder();
        merge(file, config);
        return config.build();
    }

    /** The file of {@code --batching_parameters_file}, or {@code batching_params.pbtxt}, as {@link #models}. */
    public static BatchingParameters batching(Path file) {
        BatchingParameters.Builder parameters = BatchingParameters.newBuilder();
        merge(file, parameters);
        return parameters.build();
    }

    /** The file of {@code --ssl_config_file}, as {@link #models}. */
    public static SSLConfig ssl(Path file) {
        SSLConfig.Builder config = SSLConfig.newBuilder();
        merge(file, config);
        return config.build();
    }

    /** The file of {@code --monitoring_config_file}, as {@link #models}. */
    public static MonitoringConfig monitoring(Path file) {
        MonitoringConfig.Builder config = MonitoringConfig.newBuilder();
        merge(file, config);
        return config.build();
    }

    private static void merge(Path file, Message.Builder message) {
        String text;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw InferException.invalid(
                        file + ": expected no more than " + MOST_BYTES + " bytes, got " + Files.size(file));
            }
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InferException(InferException.Code.NOT_FOUND, file + " cannot be read: " + e, e);
        }
        merge(file.toString(), text, message);
    }

    /** Reads a text that comes from a place. */
    static void merge(String place, String text, Message.Builder message) {
        try {
            TextFormat.merge(text, message);
        } catch (TextFormat.ParseException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG, "Invalid protobuf file: '" + place + "': " + e.getMessage(), e);
        }
    }
}
