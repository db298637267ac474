package dev.nereid.server.torchserve.archive;

import dev.nereid.models.LoadedModel.Port;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.server.repository.folders.ModelFileKind;
import dev.nereid.server.torchserve.image.ImageTensors;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The inputs of an archive's model. A TorchScript file has no types and an archive no config, so what a model takes is what its
 * handler makes, unless the archive's YAML file says it.
 */
final class HandlerPorts {
    private static final String NAME = "INPUT__0";
    private static final String OFFSETS = "INPUT__1";
    private static final int ANY = -1;

    /** By handler: the inputs to try, the most likely first. */
    private static final Map<String, List<List<DeclaredPorts.Input>>> CANDIDATES = Map.of(
            "image_classifier",
            List.of(
                    List.of(fp32(ANY, ImageTensors.CHANNELS, ImageTensors.SIDE, ImageTensors.SIDE)),
                    List.of(fp32(ANY, ANY, ANY, ANY))),
            "image_segmenter",
            List.of(
                    List.of(fp32(ANY, ImageTensors.CHANNELS, ANY, ANY)),
                    List.of(fp32(ANY, ImageTensors.CHANNELS, ImageTensors.SIDE, ImageTensors.SIDE))),
            "object_detector",
            List.of(
                    List.of(fp32(ANY, ImageTensors.CHANNELS, ANY, ANY)),
                    List.of(fp32(ImageTensors.CHANNELS, ANY, ANY))),
            "text_classifier",
            List.of(
                    List.of(input(NAME, DataType.INT64, ANY), input(OFFSETS, DataType.INT64, ANY)),
                    List.of(input(NAME, DataType.INT64, ANY, ANY)),
                    List.of(input(NAME, DataType.INT64, ANY))),
            // Rows of numbers are the usual instances; after them images.
            "base_handler",
            List.of(
                    List.of(fp32(ANY, ANY)),
                    List.of(fp32(ANY, ANY, ANY, ANY)),
                    List.of(fp32(ANY, ANY, ANY)),
                    List.of(fp32(ANY, ANY, ANY, ANY, ANY)),
                    List.of(fp32(ANY))));

    private HandlerPorts() {}

    private static DeclaredPorts.Input fp32(int... shape) {
        return input(NAME, DataType.FP32, shape);
    }

    private static DeclaredPorts.Input input(String name, DataType type, int... shape) {
        List<Dim> dims = new ArrayList<>();
        for (int size : shape) {
            dims.add(size == ANY ? Dim.symbol(FrontEndConfig.symbol(name, dims.size())) : Dim.of(size));
        }
        return new DeclaredPorts.Input(name, TensorType.of(type, dims));
    }

    /**
     * The inputs and outputs of an archive's model, with an open batch where it has one.
     *
     * @throws ModelFormatException if the file cannot be read, or does not take what the handler makes
     */
    static ModelSignature signature(TorchArchive archive) {
        List<DeclaredPorts.Input> configured = archive.config().inputs();
        if (!configured.isEmpty()) {
            return signature(archive, configured);
        }
        boolean isTyped = ModelFileKind.of(archive.serialized())
                .filter(ModelFileKind.TORCHSCRIPT::equals)
                .isEmpty();
        List<ModelFormatException> refusals = new ArrayList<>();
        try {
            ModelSignature own = ModelLoader.signature(archive.serialized());
            return isTyped ? own : withOpenBatch(archive, own);
        } catch (ModelFormatException e) {
            if (isTyped) {
                throw e;
            }
            refusals.add(e);
        }
        for (List<DeclaredPorts.Input> candidate : CANDIDATES.getOrDefault(archive.handler(), List.of())) {
            try {
                return signature(archive, candidate);
            } catch (ModelFormatException e) {
                refusals.add(e);
            }
        }
        throw refusal(archive.handler(), refusals);
    }

    private static ModelFormatException refusal(String handler, List<ModelFormatException> refusals) {
        // Without types, then with each candidate.
        ModelFormatException likeliest = refusals.get(Math.min(1, refusals.size() - 1));
        if (Objects.equals(refusals.getFirst().getMessage(), likeliest.getMessage())) {
            return likeliest; // The file is wrong, not its inputs.
        }
        return new ModelFormatException(
                likeliest.getMessage() + "; it was tried with the inputs that " + handler
                        + " makes: if it takes others, say so in the archive's YAML file, as"
                        + " inputs: [{name: x, dataType: FP32, shape: [-1, 3, 224, 224]}]",
                likeliest);
    }

    private static ModelSignature signature(TorchArchive archive, List<DeclaredPorts.Input> inputs) {
        return ModelLoader.signature(archive.serialized(), new DeclaredPorts(inputs, List.of()));
    }

    /** A traced file has the types that it was traced with; most models take any batch. */
    private static ModelSignature withOpenBatch(TorchArchive archive, ModelSignature traced) {
        List<DeclaredPorts.Input> inputs = new ArrayList<>();
        for (Port port : traced.inputs()) {
            List<Dim> dims = new ArrayList<>(port.type().dims().orElse(List.of()));
            if (dims.isEmpty()) {
                return traced;
            }
            dims.set(0, Dim.symbol(FrontEndConfig.symbol(port.name(), 0)));
            inputs.add(new DeclaredPorts.Input(
                    port.name(), TensorType.of(port.type().dataType(), dims)));
        }
        try {
            ModelSignature open = signature(archive, inputs);
            return EngineModelFolder.isBatched(open) ? open : traced;
        } catch (ModelFormatException e) {
            return traced;
        }
    }
}
