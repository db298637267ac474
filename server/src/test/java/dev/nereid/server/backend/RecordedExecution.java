package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An execution that notes what a backend does with it. */
public class RecordedExecution implements Execution {
    public final List<Stage> stages = new ArrayList<>();
    public Optional<InferResponse> response = Optional.empty();
    public Optional<InferException> failure = Optional.empty();

    private final InferRequest request;

    public RecordedExecution(String id, List<String> outputs, InputTensor... inputs) {
        request = new InferRequest(
                InferRequest.Header.of("m", "", id),
                List.of(inputs),
                outputs.stream()
                        .map(name -> new RequestedOutput(name, 0, false))
                        .toList(),
                List.of(),
                0);
    }

    public RecordedExecution(InferRequest request) {
        this.request = request;
    }

    public static InputTensor floats(String name, Shape shape, float... values) {
        Tensor tensor = Tensor.of(DataType.FP32, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
        return new InputTensor(name, tensor);
    }

    public static InputTensor longs(String name, Shape shape, long... values) {
        Tensor tensor = Tensor.of(DataType.INT64, shape, Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, values));
        return new InputTensor(name, tensor);
    }

    public static InputTensor strings(String name, Shape shape, String... values) {
        byte[][] elements = new byte[values.length][];
        for (int i = 0; i < values.length; i++) {
            elements[i] = values[i].getBytes(StandardCharsets.UTF_8);
        }
        return new InputTensor(name, Tensor.ofStrings(shape, elements));
    }

    @Override
    public InferRequest request() {
        return request;
    }

    @Override
    public void stage(Stage stage) {
        stages.add(stage);
    }

    @Override
    public void respond(InferResponse answer, boolean last) {
        response = Optional.of(answer);
    }

    @Override
    public void failOne(InferException error) {
        throw new IllegalStateException("expected one response, got an error among others: " + error.text());
    }

    @Override
    public void fail(InferException error) {
        failure = Optional.of(error);
    }

    @Override
    public void end() {
        throw new IllegalStateException("expected one response, got an end");
    }

    public Tensor output(String name) {
        return response.orElseThrow().outputs().stream()
                .filter(output -> output.name().equals(name))
                .findFirst()
                .orElseThrow()
                .tensor();
    }

    public float[] floats(String name) {
        return output(name).segment().toArray(ValueLayout.JAVA_FLOAT);
    }

    public List<String> strings(String name) {
        List<String> values = new ArrayList<>();
        for (byte[] element : output(name).strings()) {
            values.add(new String(element, StandardCharsets.UTF_8));
        }
        return values;
    }
}
