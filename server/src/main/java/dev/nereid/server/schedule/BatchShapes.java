package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Says which requests of a model may share a batch: those whose inputs of variable size agree in shape, unless they may
 * be ragged, and which leave out the same optional inputs. Shape tensors must agree in content too. Immutable.
 */
public final class BatchShapes {
    private record Rule(String name, boolean shapeTensor) {}

    private final List<Rule> rules = new ArrayList<>();

    public BatchShapes(ModelConfig config) {
        this(config, TextLengths.EQUAL);
    }

    /** @param lengths whether the backend takes requests of different lengths together */
    BatchShapes(ModelConfig config, TextLengths lengths) {
        for (ModelInput input : config.getInputList()) {
            boolean variable =
                    input.getDimsList().contains(-1L) && !input.getAllowRaggedBatch() && lengths == TextLengths.EQUAL;
            if (variable || input.getIsShapeTensor() || input.getOptional()) {
                rules.add(new Rule(input.getName(), input.getIsShapeTensor()));
            }
        }
    }

    boolean compatible(ScheduledRequest left, ScheduledRequest right) {
        return compatible(left.request(), right.request());
    }

    /** Whether two requests of the model may share a batch. */
    public boolean compatible(InferRequest left, InferRequest right) {
        for (Rule rule : rules) {
            if (!agree(rule, left, right)) {
                return false;
            }
        }
        return true;
    }

    /** Equal for requests of the model that may share a batch, and for those only. */
    Object key(InferRequest request) {
        List<Object> parts = new ArrayList<>(rules.size());
        for (Rule rule : rules) {
            parts.add(request.input(rule.name())
                    .<Object>map(input -> part(rule, input.tensor()))
                    .orElse("absent"));
        }
        return parts;
    }

    private static Object part(Rule rule, Tensor tensor) {
        Shape shape = tensor.shape();
        if (!rule.shapeTensor()) {
            return Arrays.stream(shape.dims(), 1, shape.rank()).boxed().toList();
        }
        byte[] content = tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE);
        return List.of(shape, ByteBuffer.wrap(content));
    }

    private static boolean agree(Rule rule, InferRequest left, InferRequest right) {
        Optional<Tensor> a = left.input(rule.name()).map(InputTensor::tensor);
        Optional<Tensor> b = right.input(rule.name()).map(InputTensor::tensor);
        if (a.isEmpty() || b.isEmpty()) {
            return a.isEmpty() && b.isEmpty();
        }
        return rule.shapeTensor()
                ? a.get().shape().equals(b.get().shape()) && sameContent(a.get(), b.get())
                : sameItemShape(a.get().shape(), b.get().shape());
    }

    private static boolean sameItemShape(Shape a, Shape b) {
        return a.rank() == b.rank() && Arrays.equals(a.dims(), 1, a.rank(), b.dims(), 1, b.rank());
    }

    private static boolean sameContent(Tensor a, Tensor b) {
        long bytes = a.byteSize();
        return bytes == b.byteSize()
                && a.segment().asSlice(0, bytes).mismatch(b.segment().asSlice(0, bytes)) == -1;
    }
}
