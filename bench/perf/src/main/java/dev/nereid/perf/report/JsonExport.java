package dev.nereid.perf.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.measure.Goodput;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.MeasurementWindow;
import dev.nereid.perf.measure.Samples;
import dev.nereid.perf.model.TensorSpec;
import dev.nereid.perf.report.Experiment.Goal;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Every request with its times and contents, in the layout of perf_analyzer's {@code --profile-export-file}. */
public final class JsonExport {
    private static final JsonFactory JSON = new JsonFactory();
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** What makes times of {@link System#nanoTime} nanoseconds since 1970. */
    private final long epoch = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();

    private final Experiment experiment;
    private final AnswerReader answers;
    private final List<TensorSpec> outputs;

    /** An export of all levels of {@code experiment}. */
    public JsonExport(Experiment experiment, AnswerReader answers) {
        this.experiment = experiment;
        this.answers = answers;
        this.outputs = experiment.setup().model().outputs();
    }

    /** Writes the whole file. */
    public void write(String version, Writer out) throws IOException {
        try (JsonGenerator to = JSON.createGenerator(out)) {
            to.writeStartObject();
            to.writeArrayFieldStart("experiments");
            for (LevelResult result : experiment.results()) {
                experiment(to, result);
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

    private void experiment(JsonGenerator to, LevelResult result) throws IOException {
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
        for (MeasurementWindow window : result.windows()) {
            Samples samples = window.samples();
            for (int i = 0; i < samples.size(); i++) {
                to.writeStartObject();
                request(to, samples, i);
                to.writeEndObject();
            }
        }
        to.writeEndArray();
        to.writeArrayFieldStart("window_boundaries");
        for (MeasurementWindow window : result.windows()) {
            to.writeNumber(epoch + window.from());
        }
        to.writeNumber(epoch + result.windows().getLast().to());
        to.writeEndArray();
        if (experiment.setup().goal().isPresent()) {
            goodput(to, experiment.setup().goal().get(), result);
        }
        to.writeEndObject();
    }

    private void request(JsonGenerator to, Samples samples, int i) throws IOException {
        Optional<Samples.Contents> contents = samples.contents(i);
        to.writeNumberField("timestamp", epoch + samples.start(i));
        if (contents.isPresent()) {
            inputs(to, contents.get().request());
        }
        to.writeArrayFieldStart("response_timestamps");
        for (long end : samples.ends(i).toArray()) {
            to.writeNumber(epoch + end);
        }
        if (contents.isPresent() && contents.get().emptyEnd() != 0) {
            to.writeNumber(epoch + contents.get().emptyEnd());
        }
        to.writeEndArray();
        if (contents.isPresent()) {
            to.writeArrayFieldStart("response_outputs");
            for (Map<String, ByteBuffer> response :
                    answers.outputs(contents.get().answers())) {
                outputs(to, response);
            }
            to.writeEndArray();
        }
    }

    private static void inputs(JsonGenerator to, InferenceRequest request) throws IOException {
        if (request.parameters().get("sequence_id") instanceof Long id && id != 0) {
            to.writeNumberField("sequence_id", id);
        }
        to.writeObjectFieldStart("request_inputs");
        for (InputTensor input : request.inputs()) {
            to.writeFieldName(input.name());
            ExportedTensors.write(to, input.datatype(), input.content());
        }
        to.writeEndObject();
    }

    /** The model's outputs, those without elements here as empty texts; then what no model describes. */
    private void outputs(JsonGenerator to, Map<String, ByteBuffer> response) throws IOException {
        Map<String, ByteBuffer> rest = new TreeMap<>(response);
        to.writeStartObject();
        for (TensorSpec output : outputs) {
            ByteBuffer content = rest.remove(output.name());
            to.writeFieldName(output.name());
            ExportedTensors.write(to, output.datatype(), content == null ? NOTHING : content);
        }
        for (Map.Entry<String, ByteBuffer> other : rest.entrySet()) {
            to.writeFieldName(other.getKey());
            ExportedTensors.write(to, ExportedTensors.JSON, other.getValue());
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
