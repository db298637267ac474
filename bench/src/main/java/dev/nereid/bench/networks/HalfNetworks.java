package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import java.util.List;
import java.util.stream.Stream;

/**
 * Networks of other families with numbers of 16 bits, as they are exported for GPUs. ONNX Runtime takes many seconds for
 * large products of them, so that they are few and small.
 */
final class HalfNetworks {
    private static final List<String> NAMES = List.of(
            "resnet/18",
            "mobile/v2",
            "pixels/yolov8n-320",
            "bert/opset17-1x16",
            "decoder/gpt2-after64",
            "decoder/llama-after64",
            "contributed/four-bits-1",
            "contributed/four-bits-64",
            "contributed/grouped-after512",
            "contributed/grouped-prompt64",
            "tabular/mlp-32");

    private HalfNetworks() {}

    /** @param families those that networks are taken from */
    static OperatorFamily from(List<OperatorFamily> families) {
        Stream<OperatorModel> models = NAMES.stream()
                .flatMap(name -> families.stream()
                        .flatMap(family -> family.models().stream()
                                .filter(model -> name.equals(family.name() + "/" + model.name())))
                        .map(model -> new OperatorModel(
                                name.replace('/', '-'),
                                () -> HalfPrecision.of(model.graph().get()))));
        return new OperatorFamily("half", Networks.GOAL, Networks.GOAL, models.toList());
    }
}
