package dev.nereid.bench.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code nereid bench record}: what ONNX Runtime answers, as test data. */
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        description =
                "Writes inputs made of a fixed seed, and what ONNX Runtime answers to them, beside each known model of a"
                        + " folder of test data that has no such cases yet: MODELS/<model>/golden/<case>. './nereid"
                        + " fetch-test-data' runs it.")
public final class RecordCommand implements Callable<Integer> {
    /** Models that 'fetch-test-data' gets, and the shapes of their cases; dims that are not named are those of the file. */
    private static final List<RecordedCase> CASES = List.of(
            new RecordedCase("blazeface-front_128x128", "b1", Map.of()),
            new RecordedCase("mlsd-320x320_tiny", "b1", Map.of()),
            new RecordedCase("wakeword-hello_deepa", "b1", Map.of()),
            new RecordedCase("ppocr-v4-det", "b1", Map.of("x", new long[] {1, 3, 640, 640})),
            new RecordedCase("ppocr-v4-det", "b8-320", Map.of("x", new long[] {8, 3, 320, 320})),
            new RecordedCase("ppocr-v4-rec", "b1", Map.of("x", new long[] {1, 3, 48, 320})),
            new RecordedCase("ppocr-v4-rec", "b8", Map.of("x", new long[] {8, 3, 48, 320})),
            new RecordedCase("silero-vad-v5", "b1", speech(1)),
            new RecordedCase("silero-vad-v5", "b8", speech(8)),
            new RecordedCase("silero-vad-v5", "stream96", speech(1)),
            sentences("minilm-l6-v2-fp32", "b1", 1, 12),
            sentences("minilm-l6-v2-fp32", "b1-s128", 1, 128),
            sentences("minilm-l6-v2-fp32", "b8", 8, 18),
            sentences("minilm-l6-v2-q", "b1", 1, 12),
            sentences("minilm-l6-v2-q", "b1-s128", 1, 128),
            sentences("minilm-l6-v2-q", "b8", 8, 18));

    /** Models whose files the build fetches, below the root of the checkout. */
    private static final Map<String, String> FILES_OF_THE_BUILD = Map.of(
            "minilm-l6-v2-fp32", "models/examples/minilm/1/model.onnx",
            "minilm-l6-v2-q", "bench/target/models/minilm-q/model.onnx");

    @Parameters(paramLabel = "MODELS", description = "The folder with one folder for each model.")
    private Path models = Path.of("models");

    private static Map<String, long[]> speech(long batch) {
        return Map.of("input", new long[] {batch, 576}, "state", new long[] {2, batch, 128}, "sr", new long[] {1});
    }

    private static RecordedCase sentences(String model, String name, long batch, long tokens) {
        long[] shape = {batch, tokens};
        return new RecordedCase(
                model, name, Map.of("input_ids", shape, "attention_mask", shape, "token_type_ids", shape));
    }

    @Override
    public Integer call() throws IOException {
        int recorded = 0;
        for (RecordedCase one : CASES) {
            Path folder = models.resolve(one.model());
            String built = FILES_OF_THE_BUILD.get(one.model());
            Path file = built == null
                    ? folder.resolve("model.onnx")
                    : Path.of(System.getProperty("nereid.home", ".")).resolve(built);
            Path golden = folder.resolve("golden").resolve(one.name());
            if (Files.exists(file) && !Files.exists(golden.resolve("case.json"))) {
                one.record(file, Files.createDirectories(golden));
                System.err.println("recorded " + one.model() + "/" + one.name());
                recorded++;
            }
        }
        System.err.println("recorded " + recorded + " of " + CASES.size() + " cases; the others were there, or their"
                + " model is not");
        return 0;
    }
}
