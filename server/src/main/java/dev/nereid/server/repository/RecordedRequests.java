package dev.nereid.server.repository;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelWarmup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recorded requests of a model, which warm up its next load: under {@code warmup/recorded} a folder for each, named by
 * its number. It holds a warm-up sample as a config describes it, in {@value #SAMPLE}, and beside it the data of each input
 * as an {@code input_data_file} holds it.
 */
final class RecordedRequests {
    /** The folder's name, below the model's folder {@code warmup}. */
    static final String FOLDER = "recorded";

    static final String SAMPLE = "sample.pbtxt";

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");
    private static final Logger LOG = LoggerFactory.getLogger(RecordedRequests.class);

    private RecordedRequests() {}

    /**
     * One recorded request.
     *
     * @param file that describes it
     */
    record Recording(Path file, ModelWarmup sample) {}

    /** The readable recordings, the oldest first; the log names the others. */
    static List<Recording> read(String modelName, Path warmupFolder) {
        List<Recording> recordings = new ArrayList<>();
        for (Path folder : folders(modelName, warmupFolder.resolve(FOLDER))) {
            Path file = folder.resolve(SAMPLE);
            try {
                recordings.add(new Recording(file, TextFormat.parse(Files.readString(file), ModelWarmup.class)));
            } catch (IOException e) {
                leaveOut(modelName, file, e.toString());
            }
        }
        return recordings;
    }

    /** Logs that a recording is not used, and why. */
    static void leaveOut(String modelName, Path file, String reason) {
        LOG.warn("model '{}': the recorded request {} is left out of the warm-up: {}", modelName, file, reason);
    }

    private static List<Path> folders(String modelName, Path recorded) {
        if (!Files.isDirectory(recorded)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(recorded)) {
            return entries.filter(entry ->
                            NUMBER.matcher(String.valueOf(entry.getFileName())).matches())
                    .sorted(Comparator.comparingInt(entry -> Integer.parseInt(String.valueOf(entry.getFileName()))))
                    .toList();
        } catch (IOException e) {
            leaveOut(modelName, recorded, e.toString());
            return List.of();
        }
    }

    /**
     * The warm-up key of a recording: batch size, datatypes and dims. Recordings with the same key would warm up the same
     * code.
     */
    static String kind(ModelWarmup sample) {
        Map<String, String> inputs = new TreeMap<>();
        for (Map.Entry<String, ModelWarmup.Input> input : sample.getInputsMap().entrySet()) {
            inputs.put(
                    input.getKey(),
                    input.getValue().getDataType() + " " + input.getValue().getDimsList());
        }
        return sample.getBatchSize() + " " + inputs;
    }
}
