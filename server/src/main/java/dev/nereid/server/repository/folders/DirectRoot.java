package dev.nereid.server.repository.folders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A model's file that is served as it lies, or a folder with such files; folders of models beside them are models too. Other
 * folders are not looked at.
 */
record DirectRoot(Path path) implements OpenRoot {
    static DirectRoot open(RepositoryRoot.Direct root) {
        Path path = root.path();
        if (!Files.exists(path)) {
            throw new IllegalArgumentException("failed to stat file " + path + ": there is no such file or folder");
        }
        if (!Files.isDirectory(path) && !ModelFiles.isModelFile(path)) {
            throw new IllegalArgumentException("'" + path
                    + "' cannot be served: expected a file *.onnx, *.pt2 or *.pt, a folder with such files, or "
                    + "a model repository");
        }
        DirectRoot open = new DirectRoot(path);
        open.models();
        return open;
    }

    @Override
    public String text() {
        return path.toString();
    }

    @Override
    public List<Path> models() {
        if (!Files.isDirectory(path)) {
            return Stream.of(path).filter(ModelFiles::isModelFile).toList();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> ModelFiles.isModelFile(entry) || RepositoryLayoutHints.looksLikeModel(entry))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("folder '" + path + "' cannot be read: " + e, e);
        }
    }

    @Override
    public List<Path> models(String name) {
        return models().stream()
                .filter(place -> ModelFiles.modelName(place).equals(name))
                .toList();
    }

    @Override
    public boolean owns(Path place) {
        return Objects.equals(place, path) || path.equals(place.getParent());
    }

    @Override
    public String emptyText() {
        return RepositoryLayoutHints.emptyRepository(path);
    }
}
