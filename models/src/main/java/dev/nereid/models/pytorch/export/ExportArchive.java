package dev.nereid.models.pytorch.export;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleValue;
import dev.nereid.models.pytorch.archive.PyTorchArchive;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The parts of an exported program's file: its JSON, and the tensors that it names. Two layouts have them. */
sealed interface ExportArchive permits ExportArchive.Nested, PackagedProgram {
    /** Where torch up to 2.7 has the program. */
    String PROGRAM = "serialized_exported_program.json";

    /** Where torch from 2.8 on has programs. */
    String MODELS = "models/";

    /** Whether an archive is one. */
    static boolean is(PyTorchArchive archive) {
        return archive.has(PROGRAM) || archive.has("archive_format");
    }

    /**
     * Opens an archive.
     *
     * @throws ModelFormatException if it holds no exported program
     */
    static ExportArchive of(PyTorchArchive archive, SegmentAllocator memory) {
        return archive.has(PROGRAM) ? new Nested(archive, memory) : PackagedProgram.of(archive, memory);
    }

    /** The program's JSON. */
    byte[] program();

    /** A weight or constant by its name in the program. */
    Optional<Tensor> tensor(String key);

    /** torch up to 2.7: weights and constants are archives of their own in the archive. */
    final class Nested implements ExportArchive {
        private static final List<String> PARTS = List.of("serialized_state_dict", "serialized_constants");

        private final PyTorchArchive archive;
        private final Map<String, Found> tensors = new HashMap<>();

        private record Found(PyTorchArchive archive, PickleValue value) {}

        private Nested(PyTorchArchive archive, SegmentAllocator memory) {
            this.archive = archive;
            // Later releases of this layout name the parts .pt, the first ones .json.
            for (String part : PARTS) {
                String name = archive.has(part + ".pt") ? part + ".pt" : part + ".json";
                if (archive.has(name) && archive.bytes(name).byteSize() > 0) {
                    add(PyTorchArchive.open(archive.bytes(name), memory), part);
                }
            }
        }

        private void add(PyTorchArchive part, String name) {
            if (!(part.pickle("data.pkl") instanceof PickleValue.OfDict dict)) {
                throw new ModelFormatException("'" + name + "' is no dict of tensors");
            }
            dict.entries().forEach((key, value) -> {
                if (key instanceof PickleValue.OfText(String text)) {
                    tensors.putIfAbsent(text, new Found(part, value));
                }
            });
        }

        @Override
        public byte[] program() {
            return archive.bytes(PROGRAM).toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public Optional<Tensor> tensor(String key) {
            Found found = tensors.get(key);
            if (found == null) {
                return Optional.empty();
            }
            if (found.value() instanceof PickleValue.OfTensor tensor) {
                return Optional.of(found.archive().tensor(tensor));
            }
            throw new ModelFormatException("'" + key + "' is " + found.value().kind() + ": expected a tensor");
        }
    }
}
