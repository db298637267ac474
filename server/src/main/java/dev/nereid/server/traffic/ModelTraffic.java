package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestOrigin;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The traffic of one model: the table in force, and what goes on under it. A document is put in force as a whole or not at
 * all, and the table is swapped by one write; decisions take no lock. Any thread.
 */
public final class ModelTraffic {
    private static final int MOST_SEQUENCES = 65_536;
    private static final int EXCERPT = 300;

    /** Of models that no repository has. */
    public static final ModelTraffic NONE = new ModelTraffic("");

    private static final Logger LOG = LoggerFactory.getLogger(ModelTraffic.class);

    /** What decisions are made by: the clock and chance of the process, or those of a test. */
    record Sources(LongSupplier nanoTime, LongSupplier random) {
        static final Sources SYSTEM =
                new Sources(System::nanoTime, () -> ThreadLocalRandom.current().nextLong());
    }

    /** The versions of the model as a decision sees them. */
    public interface Versions {
        /** Whether a version is ready. */
        boolean isReady(long version);

        /** Whether requests belong to sequences. */
        boolean isSequential();

        /** After this time without a request a sequence is over. */
        long sequenceIdleNanos();

        /** The version in which that sequence runs; empty where none does. */
        OptionalLong running(InferRequest.Header header);
    }

    private final String model;
    private final Sources sources;
    private final SequenceRoutes sequences;
    private volatile TrafficTable table = TrafficTable.NONE;
    /** Of the document in force, or of one that was refused; guarded by this, as all that follows. */
    private Optional<String> document = Optional.empty();

    /** The document that was set by a client and takes the place of the model's own, until that one changes. */
    private Optional<String> override = Optional.empty();

    private volatile String problem = "";

    /** No traffic yet. */
    public ModelTraffic(String model) {
        this(model, Sources.SYSTEM);
    }

    ModelTraffic(String model, Sources sources) {
        this.model = model;
        this.sources = sources;
        this.sequences = new SequenceRoutes(MOST_SEQUENCES, sources.nanoTime());
    }

    /** Whether there is anything to decide: a document in force, or a sequence that began under one. */
    public boolean isActive() {
        return table != TrafficTable.NONE || !sequences.isEmpty();
    }

    /** Why the newest document is not in force; empty where it is. */
    public String problem() {
        return problem;
    }

    /** The labels of the document in force. */
    public Map<String, Long> labels() {
        return table.config().labels();
    }

    TrafficTable table() {
        return table;
    }

    /**
     * Puts the model's own document in force if it has changed, or could not be put in force before. One that is not right
     * leaves the one before in force, and is logged once.
     *
     * @param text empty where the model has none: then every request goes to the latest version
     */
    public synchronized void update(Optional<String> text, ModelFacts facts) {
        if (text.equals(document) && problem.isEmpty()) {
            return;
        }
        boolean changed = !text.equals(document);
        document = text;
        if (override.isPresent() && !changed) {
            return;
        }
        try {
            putInForce(text, facts);
            override = Optional.empty();
        } catch (InferException e) {
            refuse(e.text());
        }
    }

    /** Leaves the document before in force because the newest one cannot be used; logged once. */
    public synchronized void refuse(String reason) {
        if (!problem.equals(reason)) {
            LOG.error(
                    "the traffic document of model '{}' is refused{}: {}",
                    model,
                    table == TrafficTable.NONE ? "" : ", the one before stays in force",
                    reason);
        }
        problem = reason;
    }

    /**
     * Puts a client's document in force, until the model's own changes.
     *
     * @param text empty to have the model's own in force again
     * @throws InferException with one sentence if it is not right; nothing has changed then
     */
    public synchronized void override(Optional<String> text, ModelFacts facts) {
        putInForce(text.or(() -> document), facts);
        override = text;
    }

    private void putInForce(Optional<String> text, ModelFacts facts) {
        TrafficTable next =
                text.isPresent() ? TrafficTable.of(TrafficConfigReader.read(text.get()), facts) : TrafficTable.NONE;
        table = next;
        problem = "";
        LOG.info(
                "traffic of model '{}': {}",
                model,
                text.map(ModelTraffic::excerpt).orElse("to the latest version"));
    }

    private static String excerpt(String document) {
        String line = document.replaceAll("\\s+", " ").strip();
        return line.length() <= EXCERPT ? line : line.substring(0, EXCERPT) + "...";
    }

    /** Forgets everything: the model was unloaded. */
    public synchronized void clear() {
        table = TrafficTable.NONE;
        document = Optional.empty();
        override = Optional.empty();
        problem = "";
    }

    /**
     * Where a request goes. What it names explicitly stays; a sequence stays where it began.
     *
     * @param found the version that it goes to without traffic: the latest, or the one that it names
     */
    public Route route(InferRequest.Header header, long found, RequestOrigin origin, Versions versions) {
        String asked = header.modelVersion();
        if (!asked.isEmpty() && !Labels.isLabel(asked)) {
            return new Route(found, "explicit");
        }
        boolean sequence = TrafficTable.isSequence(header) && versions.isSequential();
        if (!sequence) {
            return decide(header, found, origin, versions);
        }
        long idle = versions.sequenceIdleNanos();
        Optional<Route> running = header.sequenceStart() ? Optional.empty() : running(header, versions, idle);
        Route route = running.orElseGet(() -> decide(header, found, origin, versions));
        if (header.sequenceEnd()) {
            sequences.remove(asked, header.correlationId());
        } else if (header.sequenceStart()) {
            sequences.put(asked, header.correlationId(), route.version(), idle);
        }
        return route;
    }

    /** The way of a sequence that has begun, also before there was a document. */
    private Optional<Route> running(InferRequest.Header header, Versions versions, long idle) {
        OptionalLong noted = sequences.find(header.modelVersion(), header.correlationId(), idle);
        boolean known = noted.isPresent() && versions.isReady(noted.getAsLong());
        // A label leads to the version that it names, unless that was another one when the sequence began.
        OptionalLong version = known || !header.modelVersion().isEmpty() ? noted : versions.running(header);
        if (version.isEmpty()) {
            return Optional.empty();
        }
        if (noted.isEmpty()) {
            sequences.put(header.modelVersion(), header.correlationId(), version.getAsLong(), idle);
        }
        return Optional.of(new Route(version.getAsLong(), "sequence"));
    }

    private Route decide(InferRequest.Header header, long found, RequestOrigin origin, Versions versions) {
        if (!header.modelVersion().isEmpty()) {
            return new Route(found, "label:" + header.modelVersion());
        }
        return table.decide(header, origin, versions::isReady, sources.random())
                .orElseGet(() -> new Route(found, "latest"));
    }
}
