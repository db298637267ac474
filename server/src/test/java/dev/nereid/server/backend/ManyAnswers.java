package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** An execution that notes every answer, in the order in which they come. Any thread. */
public final class ManyAnswers implements Execution {
    private final InferRequest request;
    private final List<String> heard = new ArrayList<>();

    public ManyAnswers(List<String> outputs, InputTensor... inputs) {
        request = new InferRequest(
                InferRequest.Header.of("m", "", "id"),
                List.of(inputs),
                outputs.stream()
                        .map(name -> new RequestedOutput(name, 0, false))
                        .toList(),
                List.of(),
                0);
    }

    public static InputTensor integers(String name, DataType type, Shape shape, int... values) {
        // Room for one, so that a tensor without elements has an address too.
        var segment = Arena.ofAuto().allocate(Math.max(1, values.length) * 4L, 64);
        for (int i = 0; i < values.length; i++) {
            segment.setAtIndex(ValueLayout.JAVA_INT, i, values[i]);
        }
        return new InputTensor(name, Tensor.of(type, shape, segment.asSlice(0, values.length * 4L)));
    }

    /** What came so far: {@code OUT=1 IDX=0}, an error's text, or {@code end}. */
    public synchronized List<String> heard() {
        return List.copyOf(heard);
    }

    private synchronized void hear(String what) {
        heard.add(what);
    }

    @Override
    public InferRequest request() {
        return request;
    }

    @Override
    public void stage(Stage stage) {}

    @Override
    public void respond(InferResponse response, boolean last) {
        try (response) {
            StringBuilder text = new StringBuilder();
            for (OutputTensor output : response.outputs()) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(output.name())
                        .append(output.tensor().shape())
                        .append('=')
                        .append(output.tensor().segment().get(ValueLayout.JAVA_INT, 0));
            }
            hear(text + (last ? " last" : ""));
        }
    }

    @Override
    public void failOne(InferException error) {
        hear(error.code() + " of one: " + error.text());
    }

    @Override
    public void fail(InferException error) {
        hear(error.code() + ": " + error.text());
    }

    @Override
    public void leaveOut() {
        hear("left out");
    }

    @Override
    public void end() {
        hear("end");
    }
}
