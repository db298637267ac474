package dev.nereid.server.repository.folders;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * A root that is read: models on this machine, or copies of their folders. Looks anew every time, and throws
 * {@link IllegalArgumentException} with one sentence where it cannot. Any thread; the owner closes it.
 */
public interface OpenRoot extends AutoCloseable {
    /** As it was named. */
    String text();

    /**
     * Where every model lies, ascending: its folder, or the ONNX file that it consists of. The folder of a remote one is there
     * once it was fetched.
     */
    List<Path> models();

    /** Where the models of a name lie; empty where there is no such model. */
    List<Path> models(String name);

    /** Whether one of its models lies there. */
    boolean owns(Path place);

    /**
     * Brings the folder of a model up to date before it is read.
     *
     * @throws ModelLoadException if it cannot be
     */
    default void fetch(String name) {
        // It lies where it is read.
    }

    /** Gives back the folders of models that are not needed, where they are copies. No fetch may run meanwhile. */
    default void retain(Predicate<String> needed) {
        // Nothing here is a copy.
    }

    /** Why the root holds no model, and what to do about it. */
    String emptyText();

    /** What else is conspicuous in the root, a sentence each. */
    default List<String> advice() {
        return List.of();
    }

    /** Whether the owner of the root can change on this machine what lies there. */
    default boolean isLocal() {
        return true;
    }

    @Override
    default void close() {
        // Nothing is open.
    }

    /**
     * Opens a root.
     *
     * @throws IllegalArgumentException with one sentence if it cannot be read
     */
    static OpenRoot open(RepositoryRoot root) {
        return switch (root) {
            case RepositoryRoot.Local local -> LocalRoot.open(local);
            case RepositoryRoot.Direct direct -> DirectRoot.open(direct);
            case RepositoryRoot.Remote remote -> RemoteRoot.open(remote);
        };
    }
}
