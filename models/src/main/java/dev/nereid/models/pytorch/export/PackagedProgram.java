package dev.nereid.models.pytorch.export;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleValue;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import dev.nereid.models.pytorch.archive.StorageType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * torch from 2.8 on: programs in {@code models}, and a table for each of where its weights and constants are: raw storages, or
 * archives of their own. Compiled libraries in the file are never run.
 */
final class PackagedProgram implements ExportArchive {
    private static final String WEIGHTS = "data/weights/";
    private static final String CONSTANTS = "data/constants/";
    private static final String EXTENSION = ".json";

    private final PyTorchArchive archive;
    private final SegmentAllocator memory;
    private final String model;
    private final Map<String, Payload> payloads = new HashMap<>();

    /** Where a tensor is. */
    private record Payload(String path, boolean pickled, Optional<JsonNode> meta) {}

    private PackagedProgram(PyTorchArchive archive, SegmentAllocator memory, String model) {
        this.archive = archive;
        this.memory = memory;
        this.model = model;
        read(WEIGHTS, "_weights_config.json");
        read(CONSTANTS, "_constants_config.json");
    }

    static PackagedProgram of(PyTorchArchive archive, SegmentAllocator memory) {
        List<String> models = archive.names().stream()
                .filter(name -> name.startsWith(MODELS) && name.endsWith(EXTENSION))
                .map(name -> name.substring(MODELS.length(), name.length() - EXTENSION.length()))
                .toList();
        if (models.isEmpty()) {
            throw new ModelFormatException("the archive holds no exported program: "
                    + (archive.names().stream().anyMatch(name -> name.startsWith("data/aotinductor/"))
                            ? "it was compiled by AOTInductor for one machine; save it by torch.export.save"
                            : "expected " + MODELS + "model.json"));
        }
        String model = models.contains("model") ? "model" : models.getFirst();
        if (models.size() > 1 && !models.contains("model")) {
            throw new ModelFormatException(
                    "the archive holds the programs " + models + ": expected one, or one called 'model'");
        }
        return new PackagedProgram(archive, memory, model);
    }

    private void read(String folder, String suffix) {
        String name = folder + model + suffix;
        if (!archive.has(name)) {
            return;
        }
        JsonNode table = ProgramJson.parse(archive.text(name), "'" + name + "'");
        for (Map.Entry<String, JsonNode> entry :
                ProgramJson.member(table, "config").properties()) {
            JsonNode payload = entry.getValue();
            payloads.putIfAbsent(
                    entry.getKey(),
                    new Payload(
                            folder + ProgramJson.text(payload, "path_name"),
                            ProgramJson.find(payload, "use_pickle")
                                    .map(ProgramJson::truth)
                                    .orElse(false),
                            ProgramJson.find(payload, "tensor_meta")));
        }
    }

    @Override
    public byte[] program() {
        return archive.bytes(MODELS + model + EXTENSION).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public Optional<Tensor> tensor(String key) {
        return Optional.ofNullable(payloads.get(key)).map(payload -> {
            try {
                return payload.pickled() ? pickled(payload) : raw(payload);
            } catch (ModelFormatException e) {
                throw new ModelFormatException("'" + key + "': " + e.getMessage(), e);
            }
        });
    }

    private Tensor pickled(Payload payload) {
        PyTorchArchive inner = PyTorchArchive.open(archive.bytes(payload.path()), memory);
        if (inner.pickle("data.pkl") instanceof PickleValue.OfTensor tensor) {
            return inner.tensor(tensor);
        }
        throw new ModelFormatException("'" + payload.path() + "' holds no tensor");
    }

    /** A storage without a header; the table says what is in it. */
    private Tensor raw(Payload payload) {
        JsonNode meta = payload.meta()
                .orElseThrow(
                        () -> new ModelFormatException("the table does not say what '" + payload.path() + "' holds"));
        DataType type = ExportedTypes.dataType(ProgramJson.member(meta, "dtype"));
        StorageType elements = Stream.of(StorageType.values())
                .filter(each -> each.dataType() == type)
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("tensors of " + type + " cannot be read"));
        long count = archive.bytes(payload.path()).byteSize() / type.bytes();
        return archive.tensor(new PickleValue.OfTensor(
                new PickleValue.Storage(payload.path(), elements, count),
                number(ProgramJson.member(meta, "storage_offset")),
                numbers(meta, "sizes"),
                numbers(meta, "strides")));
    }

    private static List<Long> numbers(JsonNode meta, String name) {
        return ProgramJson.list(ProgramJson.member(meta, name), PackagedProgram::number);
    }

    private static long number(JsonNode node) {
        return ProgramJson.integer(ProgramJson.member(node, "as_int"));
    }
}
