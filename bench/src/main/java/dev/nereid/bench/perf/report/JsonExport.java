package dev.nereid.bench.perf.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nereid.bench.perf.measure.Goodput;
import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.measure.Samples;
import dev.nereid.bench.perf.measure.Window;
import dev.nereid.bench.perf.report.Experiment.Goal;
import java.io.IOException;
import java.io.Writer;
import java.util.concurrent.TimeUnit;

/** Every request with its times, in the layout of perf_analyzer's {@code --profile-export-file}. */
public final class JsonExport {
    private static final JsonFactory JSON = new JsonFactory();

    /** What makes times of {@link System#nanoTime} nanoseconds since 1970. */
    private final long epoch = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();

    /** Writes all levels of an experiment. */
    public void write(Experiment experiment, String version, Writer out) throws IOException {
        try (JsonGenerator to = JSON.createGenerator(out)) {
            to.writeStartObject();
            to.writeArrayFieldStart("experiments");
            for (LevelResult result : experiment.results()) {
                experiment(to, experiment, result);
            }
            to.writeEndArray();
            to.writeStringField("version", version);
            to.writeStringField("service_kind", experiment.setup().kind());
            to.writeStringField(
                    "endpoint",
                    experiment.setup().kind().equals("openai")
                            ? experiment.setup().endpoint()
                            : "");
            to.writeEndObject();
        }
    }

    private void experiment(JsonGenerator to, Experiment experiment, LevelResult result) throws IOException {
        to.writeStartObject();
        to.writeObjectFieldStart("experiment");
        to.writeStringField("mode", experiment.setup().mode().exportName());
        if (experiment.setup().byRate()) {
            to.writeNumberField("value", result.level());
        } else {
            to.writeNumberField("value", (long) result.level());
        }
        to.writeEndObject();
        to.writeArrayFieldStart("requests");
        for (Window window : result.windows()) {
            Samples samples = window.samples();
            for (int i = 0; i < samples.size(); i++) {
                to.writeStartObject();
                to.writeNumberField("timestamp", epoch + samples.start(i));
                to.writeArrayFieldStart("response_timestamps");
                for (long end : samples.ends(i).toArray()) {
                    to.writeNumber(epoch + end);
                }
                to.writeEndArray();
                to.writeEndObject();
            }
        }
        to.writeEndArray();
        to.writeArrayFieldStart("window_boundaries");
        for (Window window : result.windows()) {
            to.writeNumber(epoch + window.from());
        }
        to.writeNumber(epoch + result.windows().getLast().to());
        to.writeEndArray();
        if (experiment.setup().goal().isPresent()) {
            goodput(to, experiment.setup().goal().get(), result);
        }
        to.writeEndObject();
    }

    private static void goodput(JsonGenerator to, Goal goal, LevelResult result) throws IOException {
        Goodput goodput = Goodput.of(result, goal.millis());
        to.writeObjectFieldStart("goodput");
        to.writeNumberField("limit_ms", goal.millis());
        to.writeNumberField("within", goodput.within());
        to.writeNumberField("requests", goodput.requests());
        to.writeNumberField("inferences_per_second", goodput.throughput());
        to.writeEndObject();
    }
}
