package dev.nereid.server;

import dev.nereid.server.config.StartException;
import dev.nereid.server.config.VertexAiFlags;
import dev.nereid.server.repository.IndexEntry;
import java.util.List;

/** The model of requests that Vertex AI sends without saying which one they are for. */
final class VertexAiModel {
    private VertexAiModel() {}

    /**
     * Its name.
     *
     * @param asked the model that the command line names; empty for the only one that there is
     * @param ready an entry for every version that is ready
     * @throws StartException in Triton's words if it is not loaded, or there are others
     */
    static String of(String asked, List<IndexEntry> ready) {
        if (asked.isEmpty()) {
            if (ready.size() != 1) {
                throw new StartException(VertexAiFlags.NOT_STARTED
                        + "Expect the model repository contains only a single model if default model is not specified");
            }
            return ready.getFirst().name();
        }
        if (ready.stream().noneMatch(entry -> entry.name().equals(asked))) {
            throw new StartException(VertexAiFlags.NOT_STARTED + "Expect the default model '" + asked + "' is loaded");
        }
        return asked;
    }
}
