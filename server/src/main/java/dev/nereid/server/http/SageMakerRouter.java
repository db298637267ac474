package dev.nereid.server.http;

import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.ModelRepository;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the row of a request that comes through SageMaker. A container with one model is asked {@code /ping} and
 * {@code /invocations}; to one that serves many SageMaker brings them below {@code /models}. Source: Triton's
 * sagemaker_server.cc. Immutable.
 */
final class SageMakerRouter implements Router {
    /** The name in place of one that nobody gave; Triton's, which its clients read in the error. */
    private static final String NO_MODEL = "unspecified_SAGEMAKER_TRITON_DEFAULT_MODEL_NAME";

    private static final Optional<Routes.Match> BAD_REQUEST = Optional.of(Routes.Match.always(400));

    private final SageMakerConfig config;
    private final ModelRepository repository;
    private final Routes api;
    private final Routes models;

    /**
     * A router over two tables.
     *
     * @param api what pings and invocations stand for
     * @param models the calls below {@code /models}
     */
    SageMakerRouter(SageMakerConfig config, ModelRepository repository, Routes api, Routes models) {
        this.config = config;
        this.repository = repository;
        this.api = api;
        this.models = models;
    }

    @Override
    public String title() {
        return "SageMaker";
    }

    @Override
    public Optional<Routes.Match> find(String path, String method, Function<String, Optional<String>> header) {
        return switch (path) {
            case "/ping" -> api.find("/v2/health/" + config.ping().word(), method);
            case "/invocations" ->
                api.find("/v2/models/" + invoked() + "/" + config.inference().word(), method);
            default ->
                models.find(path, method).filter(Routes.Match::methodFits).or(() -> BAD_REQUEST);
        };
    }

    /** The model of an invocation: the only one can change while the server runs. */
    private String invoked() {
        if (!config.defaultModel().isEmpty()) {
            return config.defaultModel();
        }
        List<String> names = repository.addressableModels().stream()
                .map(Model::name)
                .distinct()
                .toList();
        return names.size() == 1 ? names.getFirst() : NO_MODEL;
    }
}
