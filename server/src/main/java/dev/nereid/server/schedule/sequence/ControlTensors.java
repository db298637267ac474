package dev.nereid.server.schedule.sequence;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelSequenceBatching.Control;
import dev.nereid.proto.inference.ModelSequenceBatching.ControlInput;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors that tell a model where in its sequence a request stands: START, END and READY as one element of the
 * config's false or true value, CORRID as the id itself. Immutable; any thread. The tensors are [1, 1] where the model
 * batches, else [1].
 */
final class ControlTensors implements AutoCloseable {
    /** The tensors of one control that is false or true. */
    private record Flag(String name, Tensor no, Tensor yes) {
        Tensor of(boolean value) {
            return value ? yes : no;
        }
    }

    /** What CORRID wants. */
    private record CorrelationControl(String name, DataType dataType) {}

    private final SlabPool memory;
    private final Shape shape;
    private final List<SlabPool.Slab> slabs = new ArrayList<>();
    private final Map<Control.Kind, Flag> flags = new HashMap<>();
    private final Optional<CorrelationControl> correlation;

    /**
     * Makes the tensors of a config that is valid.
     *
     * @param memory outlives this object
     */
    ControlTensors(ModelConfig config, SlabPool memory) {
        this.memory = memory;
        this.shape = config.getMaxBatchSize() > 0 ? Shape.of(1, 1) : Shape.of(1);
        Optional<CorrelationControl> found = Optional.empty();
        for (ControlInput input : config.getSequenceBatching().getControlInputList()) {
            for (Control control : input.getControlList()) {
                if (control.getKind() == Control.Kind.CONTROL_SEQUENCE_CORRID) {
                    found = Optional.of(new CorrelationControl(
                            input.getName(),
                            ConfigTypes.tensorType(control.getDataType()).orElseThrow()));
                } else {
                    flags.put(control.getKind(), flag(input.getName(), control));
                }
            }
        }
        correlation = found;
    }

    private Flag flag(String name, Control control) {
        if (control.getInt32FalseTrueCount() > 0) {
            return new Flag(name, int32(control.getInt32FalseTrue(0)), int32(control.getInt32FalseTrue(1)));
        }
        if (control.getFp32FalseTrueCount() > 0) {
            return new Flag(name, fp32(control.getFp32FalseTrue(0)), fp32(control.getFp32FalseTrue(1)));
        }
        return new Flag(name, bool(control.getBoolFalseTrue(0)), bool(control.getBoolFalseTrue(1)));
    }

    private Tensor int32(int value) {
        MemorySegment segment = constant();
        segment.set(ValueLayout.JAVA_INT, 0, value);
        return Tensor.of(DataType.INT32, shape, segment);
    }

    private Tensor fp32(float value) {
        MemorySegment segment = constant();
        segment.set(ValueLayout.JAVA_FLOAT, 0, value);
        return Tensor.of(DataType.FP32, shape, segment);
    }

    private Tensor bool(boolean value) {
        MemorySegment segment = constant();
        segment.set(ValueLayout.JAVA_BYTE, 0, (byte) (value ? 1 : 0));
        return Tensor.of(DataType.BOOL, shape, segment);
    }

    private MemorySegment constant() {
        SlabPool.Slab slab = memory.take(Long.BYTES);
        slabs.add(slab);
        return slab.segment();
    }

    /** One of START, END and READY; empty for another name. */
    Optional<Tensor> flag(String name, boolean start, boolean end, boolean ready) {
        for (Map.Entry<Control.Kind, Flag> entry : flags.entrySet()) {
            if (entry.getValue().name().equals(name)) {
                return Optional.of(entry.getValue()
                        .of(
                                switch (entry.getKey()) {
                                    case CONTROL_SEQUENCE_START -> start;
                                    case CONTROL_SEQUENCE_END -> end;
                                    case CONTROL_SEQUENCE_READY -> ready;
                                    case CONTROL_SEQUENCE_CORRID, UNRECOGNIZED ->
                                        throw new IllegalStateException(entry.getKey() + " is no flag");
                                }));
            }
        }
        return Optional.empty();
    }

    /** The name of the CORRID tensor. */
    Optional<String> correlationName() {
        return correlation.map(CorrelationControl::name);
    }

    /** The datatype of the CORRID tensor. */
    Optional<DataType> correlationType() {
        return correlation.map(CorrelationControl::dataType);
    }

    /** The CORRID tensor of an id that suits the model; 32-bit types hold the low half. Empty without that control. */
    Optional<StateBuffer> correlation(CorrelationId id) {
        return correlation.map(control -> {
            StateBuffer buffer = new StateBuffer(control.dataType(), memory);
            switch (id) {
                case CorrelationId.Textual text ->
                    buffer.set(
                            Tensor.ofStrings(shape, new byte[][] {text.value().getBytes(StandardCharsets.UTF_8)}));
                case CorrelationId.Numeric number -> {
                    MemorySegment segment = buffer.blank(shape).segment();
                    if (control.dataType().bytes() == Long.BYTES) {
                        segment.set(ValueLayout.JAVA_LONG, 0, number.value());
                    } else {
                        segment.set(ValueLayout.JAVA_INT, 0, (int) number.value());
                    }
                }
            }
            return buffer;
        });
    }

    /** The CORRID tensor of a batch member that is no request: 0, or an empty string. */
    Optional<Tensor> noCorrelation(Zeros zeros) {
        return correlation.map(control -> zeros.tensor(control.dataType(), shape));
    }

    @Override
    public void close() {
        slabs.forEach(SlabPool.Slab::close);
    }
}
