package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.onnx.StringStringEntryProto;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tensor data in files beside the model. Only files in the model's folder are read, symbolic links followed first. */
final class ExternalData {
    private final Optional<Path> folder;
    private final ImportMemory memory;
    private final Map<Path, MemorySegment> mapped = new HashMap<>();

    /** Data of a model in {@code folder}; a model that came from memory has no folder and no external data. */
    ExternalData(Optional<Path> folder, ImportMemory memory) {
        this.folder = folder;
        this.memory = memory;
    }

    /**
     * The bytes that {@code entries} point to.
     *
     * @param what names the tensor in messages
     */
    MemorySegment find(List<StringStringEntryProto> entries, String what) {
        Map<String, String> values = new HashMap<>();
        entries.forEach(entry -> values.put(entry.getKey(), entry.getValue()));
        String location = values.get("location");
        if (location == null || folder.isEmpty()) {
            throw new ModelFormatException(what + " has external data without a location or a model folder");
        }
        MemorySegment file = map(location, folder.get(), what);
        long offset = number(values, "offset", 0, what);
        long length = number(values, "length", file.byteSize() - Math.min(offset, file.byteSize()), what);
        if (offset > file.byteSize() || length > file.byteSize() - offset) {
            throw new ModelFormatException(what + " lies at bytes " + offset + " to " + offset + "+" + length + " of '"
                    + location + "', which has " + file.byteSize());
        }
        return file.asSlice(offset, length);
    }

    private MemorySegment map(String location, Path folder, String what) {
        try {
            Path real = folder.toRealPath();
            Path file = real.resolve(location).toRealPath();
            if (!file.startsWith(real) || !Files.isRegularFile(file)) {
                throw new ModelFormatException(
                        what + " has its data in '" + location + "', which is not a file in the model's folder");
            }
            MemorySegment segment = mapped.get(file);
            if (segment == null) {
                segment = memory.map(file);
                mapped.put(file, segment);
            }
            return segment;
        } catch (IOException | InvalidPathException e) {
            throw new ModelFormatException(what + " has its data in '" + location + "', which cannot be read: " + e, e);
        }
    }

    private static long number(Map<String, String> values, String key, long whenAbsent, String what) {
        String text = values.get(key);
        if (text == null) {
            return whenAbsent;
        }
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new ModelFormatException(what + ": external " + key + " '" + text + "' is not a number", e);
        }
        throw new ModelFormatException(what + ": external " + key + " " + text + " is negative");
    }
}
