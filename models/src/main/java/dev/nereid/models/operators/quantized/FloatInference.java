package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** A quantised node as the float operator inside it sees it: its tensors are FP32, scales and zero points not there. */
class FloatInference implements Inference {
    private final Inference inference;
    private final List<QuantizedPort> ports;
    private final boolean channelsLast;
    private final Node node;

    FloatInference(Inference inference, List<QuantizedPort> ports, String operator, int opset, Attributes attributes) {
        this.inference = inference;
        this.ports = ports;
        this.channelsLast = OverFloats.isChannelsLast(inference.attributes());
        this.node = new Node(
                inference.node().name(),
                "",
                operator,
                opset,
                ports.stream()
                        .map(port -> inference.node().input(port.tensor()))
                        .toList(),
                inference.node().outputs(),
                attributes);
    }

    @Override
    public Node node() {
        return node;
    }

    @Override
    public ValueType valueType(int input) {
        QuantizedPort port = ports.get(input);
        TensorType type = inference.type(port.tensor());
        if (!port.isQuantized()) {
            return type;
        }
        IntegerProduct.isSigned(inference, port.tensor());
        TensorType floats = type.withDataType(DataType.FP32);
        return channelsLast ? OverFloats.channelsFirst(floats) : floats;
    }

    @Override
    public Optional<Tensor> constant(int input) {
        return ports.get(input).isQuantized()
                ? Optional.empty()
                : inference.constant(ports.get(input).tensor());
    }

    @Override
    public Optional<List<Dim>> content(int input) {
        return ports.get(input).isQuantized()
                ? Optional.empty()
                : inference.content(ports.get(input).tensor());
    }

    @Override
    public List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs) {
        return inference.bodyTypes(body, inputs);
    }

    @Override
    public Dim unknownDim() {
        return inference.unknownDim();
    }
}
