package dev.nereid.cuda;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the build puts the libraries that emulate NVIDIA's. */
final class EmulatedLibrary {
    private EmulatedLibrary() {}

    /**
     * A library of this module's build, wherever in the source tree a test runs.
     *
     * @param library in the root of the source tree
     * @return the library, or where it would be
     */
    static Path find(Path library) {
        Path here = Path.of("").toAbsolutePath();
        for (Path folder = here; folder != null; folder = folder.getParent()) {
            Path found = folder.resolve(library);
            if (Files.exists(found)) {
                return found;
            }
        }
        return here.resolve(library);
    }
}
