package dev.nereid.server.javamodel;

import dev.nereid.files.TemporaryFolder;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jars of one version and their class loader. They are copied when they are opened: what becomes of the model's folder
 * while the model serves does not matter to it. Closing ends the loader and deletes the copies.
 */
final class ModelJars implements AutoCloseable {
    static final String DEFAULT_FILE = "model.jar";

    private static final String ENDING = ".jar";

    private static final Logger LOG = LoggerFactory.getLogger(ModelJars.class);

    private final TemporaryFolder folder;
    private final URLClassLoader loader;

    private ModelJars(String model, List<Path> jars) throws IOException {
        this.folder = TemporaryFolder.create("jars");
        List<Path> copies = new ArrayList<>();
        try {
            for (Path jar : jars) {
                Path copy = folder.path().resolve(copies.size() + "-" + jar.getFileName());
                copies.add(copy);
                Files.copy(jar, copy);
            }
            URL[] urls = new URL[copies.size()];
            for (int i = 0; i < urls.length; i++) {
                urls[i] = copies.get(i).toUri().toURL();
            }
            this.loader = new URLClassLoader("model-" + model, urls, new ApiClassLoader());
        } catch (IOException | RuntimeException e) {
            deleteCopies();
            throw e;
        }
    }

    /**
     * Opens the jars of a version: the one that the config names, and behind it whatever others lie there, by name.
     *
     * @throws InferException that names the file, where one is missing or is no jar
     */
    static ModelJars open(ModelConfig config, Path versionFolder) {
        String name = config.getDefaultModelFilename().isEmpty() ? DEFAULT_FILE : config.getDefaultModelFilename();
        try {
            Path first = ConfigFiles.below(versionFolder, name);
            List<Path> others = others(versionFolder, first);
            if (!Files.isRegularFile(first)) {
                throw InferException.invalid(start(config) + "expected a jar at " + first + ", got "
                        + (others.isEmpty() ? "no jar" : "only " + names(others)));
            }
            List<Path> jars = new ArrayList<>(List.of(first));
            jars.addAll(others);
            for (Path jar : jars) {
                check(config, jar);
            }
            return new ModelJars(config.getName(), jars);
        } catch (IOException e) {
            throw InferException.invalid(start(config) + "its jars cannot be read: " + e);
        }
    }

    private static List<Path> others(Path versionFolder, Path first) throws IOException {
        try (Stream<Path> files = Files.list(versionFolder)) {
            return files.filter(file -> file.toString().endsWith(ENDING) && Files.isRegularFile(file))
                    .map(Path::normalize)
                    .filter(file -> !file.equals(first))
                    .sorted()
                    .toList();
        }
    }

    /** A class loader passes over what is no jar, and the class would seem to be missing. */
    private static void check(ModelConfig config, Path jar) {
        try (JarFile _ = new JarFile(jar.toFile())) {
            // It has a directory.
        } catch (IOException e) {
            throw InferException.invalid(
                    start(config) + "expected a jar at " + jar + ", got a file that is none: " + e);
        }
    }

    private static List<Path> names(List<Path> files) {
        return files.stream().map(Path::getFileName).toList();
    }

    /** What error texts begin with. */
    static String start(ModelConfig config) {
        return "model '" + config.getName() + "' of backend 'java': ";
    }

    ClassLoader loader() {
        return loader;
    }

    /** Where the copies lie. */
    Path folder() {
        return folder.path();
    }

    @Override
    public void close() {
        try {
            loader.close();
        } catch (IOException e) {
            LOG.warn("the jars in {} could not be closed", folder(), e);
        }
        deleteCopies();
    }

    private void deleteCopies() {
        try {
            folder.close();
        } catch (IOException e) {
            LOG.warn("copies of jars in {} could not be deleted", folder(), e);
        }
    }
}
