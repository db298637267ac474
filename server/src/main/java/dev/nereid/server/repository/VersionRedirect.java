package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.traffic.RequestRedirect;
import java.util.Optional;

/**
 * The ways of a request to other versions of its model and to the model's fallback.
 *
 * @param found the version that was found for the request
 */
record VersionRedirect(ModelCatalog catalog, ModelEntry entry, Model found) implements RequestRedirect {
    @Override
    public boolean fallback(InferRequest request, ResponseSink sink) {
        Optional<Model> fallback = catalog.fallbackModel(entry, request.header().modelVersion())
                .filter(model -> model != found && fits(model));
        fallback.ifPresent(model -> model.infer(request, sink));
        return fallback.isPresent();
    }

    /** A fallback that was loaded after the document was checked may have other inputs. */
    private boolean fits(Model model) {
        Optional<String> mismatch = FallbackCompatibility.mismatch(found, model);
        entry.traffic().fallbackMismatch(mismatch.orElse(""));
        return mismatch.isEmpty();
    }

    @Override
    public boolean version(long version, InferRequest request, ResponseSink sink) {
        ModelEntry.Version other = entry.versions().get(version);
        Optional<Model> model = other == null ? Optional.empty() : other.ready();
        model.ifPresent(ready -> ready.infer(request, sink));
        return model.isPresent();
    }
}
