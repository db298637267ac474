package dev.nereid.server.repository;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A root that is read: folders of models on this machine, or copies of such folders. Looks anew every time, and throws
 * {@link IllegalArgumentException} with one sentence where it cannot. Any thread; the owner closes it.
 */
interface OpenRoot extends AutoCloseable {
    /** As it was named. */
    String text();

    /** The folder of every model, ascending by name; of a remote one it is there once it was fetched. */
    List<Path> models();

    /** The folder of a model; empty where there is no such model. */
    Optional<Path> model(String name);

    /** Whether a folder is that of one of its models. */
    boolean owns(Path folder);

    /**
     * Brings the folder of a model up to date before it is read.
     *
     * @throws ModelLoadException if it cannot be
     */
    void fetch(String name);

    /** Gives back the folders of models that are not needed, where they are copies. No fetch may run meanwhile. */
    void retain(Predicate<String> needed);

    /** Whether the root seems to be a model itself. */
    boolean isModel();

    @Override
    void close();

    /**
     * Opens a root.
     *
     * @throws IllegalArgumentException with one sentence if it cannot be read
     */
    static OpenRoot open(RepositoryRoot root) {
        return switch (root) {
            case RepositoryRoot.Local local -> LocalRoot.open(local);
            case RepositoryRoot.Remote remote -> RemoteRoot.open(remote);
        };
    }
}
