package dev.nereid.models;

import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.imported.SignatureName;
import dev.nereid.models.onnx.OnnxImporter;
import dev.nereid.models.pytorch.PyTorchImporter;
import dev.nereid.models.tensorflow.frozen.FrozenGraphImporter;
import dev.nereid.models.tensorflow.saved.SavedModelFile;
import dev.nereid.models.tensorflow.saved.SavedModelImporter;
import dev.nereid.models.tflite.TfliteImporter;
import dev.nereid.models.trees.TreesImporter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Opens a model's file, or the folder of a SavedModel, by the importer of its format, which the file's content tells, whatever its name is. */
final class FileFormats {
    private FileFormats() {}

    /**
     * Imports a model. The caller closes it.
     *
     * @param declared what a config says; for formats that say less themselves
     * @throws ModelFormatException if the file cannot be read or is not a valid model
     */
    static ImportedModel load(Path file, DeclaredPorts declared) {
        Optional<Path> savedModel = SavedModelImporter.folder(file);
        if (savedModel.isPresent()) {
            return SavedModelImporter.load(savedModel.get(), ModelLoader.operators(), declared);
        }
        byte[] beginning = beginning(file);
        if (TfliteImporter.reads(beginning)) {
            return TfliteImporter.load(file, ModelLoader.operators(), declared);
        }
        if (TreesImporter.reads(beginning)) {
            return TreesImporter.load(file, declared);
        }
        if (FrozenGraphImporter.reads(beginning)) {
            return FrozenGraphImporter.load(file, ModelLoader.operators(), declared);
        }
        return PyTorchImporter.reads(beginning, size(file))
                ? PyTorchImporter.load(file, ModelLoader.operators(), declared)
                : OnnxImporter.load(file);
    }

    /** As {@link #load(Path, DeclaredPorts)}, of the bytes of a file. */
    static ImportedModel load(byte[] file, DeclaredPorts declared) {
        if (TfliteImporter.reads(file)) {
            return TfliteImporter.load(file, ModelLoader.operators(), declared);
        }
        if (TreesImporter.reads(file)) {
            return TreesImporter.load(file, declared);
        }
        if (FrozenGraphImporter.reads(file)) {
            return FrozenGraphImporter.load(file, ModelLoader.operators(), declared);
        }
        return PyTorchImporter.reads(file, file.length)
                ? PyTorchImporter.load(file, ModelLoader.operators(), declared)
                : OnnxImporter.load(file);
    }

    /** The signatures that a model has names for, that of {@link #load} first; empty for formats without names. */
    static List<SignatureName> signatures(Path file, DeclaredPorts declared) {
        return SavedModelImporter.folder(file)
                .map(folder -> SavedModelFile.signatures(folder, declared.parameters()))
                .orElse(List.of());
    }

    private static byte[] beginning(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(Math.max(TreesImporter.BEGINNING, PyTorchImporter.BEGINNING));
        } catch (IOException e) {
            return new byte[0]; // The importer of ONNX says what is wrong with it.
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
