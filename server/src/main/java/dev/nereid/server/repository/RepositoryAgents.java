package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelRepositoryAgents.Agent;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What a config's {@code model_repository_agents} look at before a model is loaded. In Triton they are shared libraries;
 * here they are built in. An agent that is not is no reason to load the model without it: agents protect.
 */
final class RepositoryAgents {
    private static final Map<String, BiConsumer<ModelSource, Map<String, String>>> AGENTS =
            Map.of("checksum", ChecksumAgent::check);

    private RepositoryAgents() {}

    /** Whether a model has any. */
    static boolean isAsked(ModelSource source) {
        return source.config().getModelRepositoryAgents().getAgentsCount() > 0;
    }

    /**
     * Runs the agents of a model in the config's order.
     *
     * @throws ModelLoadException if one of them objects, or is not known
     */
    static void check(ModelSource source) {
        for (Agent agent : source.config().getModelRepositoryAgents().getAgentsList()) {
            BiConsumer<ModelSource, Map<String, String>> known = AGENTS.get(agent.getName());
            if (known == null) {
                throw new ModelLoadException(
                        Code.INVALID_ARG,
                        "unable to find 'libtritonrepoagent_" + agent.getName() + ".so' for repo agent '"
                                + agent.getName() + "': shared libraries are not loaded; built in are "
                                + AGENTS.keySet());
            }
            known.accept(source, agent.getParametersMap());
        }
    }
}
