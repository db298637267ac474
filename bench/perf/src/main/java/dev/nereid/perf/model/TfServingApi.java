package dev.nereid.perf.model;

/** TensorFlow Serving over REST: it describes a model's signatures, and keeps no statistics. */
public final class TfServingApi implements ServerApi {
    private final HttpCalls calls;
    private final String signature;

    /** A server at {@code endpoint}; {@code signature} is what requests ask for. */
    public TfServingApi(Endpoint endpoint, String signature) {
        this.calls = new HttpCalls(endpoint);
        this.signature = signature;
    }

    @Override
    public ModelContract contract(String model, String version) {
        String path = "/v1/models/" + HttpCalls.encode(model)
                + (version.isEmpty() ? "" : "/versions/" + HttpCalls.encode(version)) + "/metadata";
        return TfServingContract.of(
                calls.get(path).at("/metadata/signature_def/signature_def"), model, version, signature);
    }

    @Override
    public void close() {
        calls.close();
    }
}
