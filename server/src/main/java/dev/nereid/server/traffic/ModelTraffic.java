package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.protocol.ResponseSink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The traffic of one model: the table in force, and what goes on under it. A document is put in force as a whole or not at
 * all, and the table is swapped by one write; decisions take no lock. Any thread.
 */
public final class ModelTraffic {
    private static final int MOST_SEQUENCES = 65_536;
    /** Asks for the route of a request among the parameters of its response, and is that parameter. */
    private static final String ROUTE_PARAMETER = "nereid.route";

    /** Marks a response that another version or model gave in the place of the one that was meant. */
    private static final String FALLBACK_PARAMETER = "nereid.fallback";

    private static final double PERCENT = 100;
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
    private final ConcurrentMap<Route, RouteStatistics> statistics = new ConcurrentHashMap<>();
    private volatile ActiveDocument inForce = ActiveDocument.NONE;
    /** The model's own document, in force or refused; guarded by this, as the next. */
    private Optional<String> document = Optional.empty();

    /** The document that was set by a client and takes the place of the model's own, until that one changes. */
    private Optional<String> override = Optional.empty();

    private volatile String problem = "";

    /** Why the fallback of the document in force cannot stand in; empty where it can, or was not needed yet. */
    private volatile String fallbackProblem = "";

    /** The versions that are ready, as the last update knew them; nothing is measured of others. */
    private volatile Set<Long> versions = Set.of();

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
        return inForce.isDocument() || !sequences.isEmpty();
    }

    /** Whether there is a document, in force or refused, or there was one. */
    public boolean hasBeenUsed() {
        return isActive() || !problem.isEmpty() || !statistics.isEmpty();
    }

    /** Why the newest document is not in force; empty where it is. */
    public String problem() {
        return problem;
    }

    /** The labels of the document in force. */
    public Map<String, Long> labels() {
        return inForce.table().config().labels();
    }

    /**
     * Puts the model's own document in force if it has changed, or could not be put in force before. One that is not right
     * leaves the one before in force, and is logged once.
     *
     * @param text empty where the model has none: then every request goes to the latest version
     */
    public synchronized void update(Optional<String> text, ValidationContext facts) {
        keep(facts.versions());
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
                    !inForce.isDocument() ? "" : ", the one before stays in force",
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
    public synchronized void override(Optional<String> text, ValidationContext facts) {
        keep(facts.versions());
        putInForce(text.or(() -> document), facts);
        override = text;
    }

    private void putInForce(Optional<String> text, ValidationContext facts) {
        ActiveDocument before = inForce;
        long now = sources.nanoTime().getAsLong();
        inForce = text.isEmpty()
                ? ActiveDocument.noneAfter(before, now)
                : ActiveDocument.of(
                        model, text.get(), TrafficTable.of(TrafficConfigReader.read(text.get()), facts), before, now);
        problem = "";
        fallbackProblem = "";
        LOG.info(
                "traffic of model '{}': {}",
                model,
                text.map(ModelTraffic::excerpt).orElse("to the latest version"));
    }

    /** Forgets what was measured of other versions, and their sequences. */
    private void keep(Set<Long> ready) {
        versions = ready;
        statistics.keySet().removeIf(route -> !isMeasured(route));
        sequences.retain(ready);
    }

    /** Requests that a version had in flight when it went are not counted. */
    private boolean isMeasured(Route route) {
        return route.version() == 0 || versions.contains(route.version());
    }

    /**
     * Notes that the fallback cannot stand in for a version of this model, or that it can; logged once.
     *
     * @param reason empty where it can
     */
    public void fallbackMismatch(String reason) {
        if (!fallbackProblem.equals(reason)) {
            fallbackProblem = reason;
            if (!reason.isEmpty()) {
                LOG.warn("the fallback of model '{}' gets no requests: {}", model, reason);
            }
        }
    }

    /**
     * Ends a rollback: the version that lost its traffic has it again, and is watched anew.
     *
     * @throws InferException if there is none
     */
    public synchronized void resume() {
        ActiveDocument before = inForce;
        if (!before.isDocument()
                || before.rollback().flatMap(RollbackWatch::trip).isEmpty()) {
            throw InferException.invalid("the traffic of model '" + model + "' has no rollback that could be ended");
        }
        inForce = before.resumed(model);
        LOG.info("the rollback of model '{}' was ended", model);
        before.rollback().ifPresent(watch -> TrafficAudit.resume(model, watch.watched(), watch.stable()));
    }

    private static String excerpt(String document) {
        String line = document.replaceAll("\\s+", " ").strip();
        return line.length() <= EXCERPT ? line : line.substring(0, EXCERPT) + "...";
    }

    /** Forgets everything: the model was unloaded. */
    public synchronized void clear() {
        inForce = ActiveDocument.NONE;
        document = Optional.empty();
        override = Optional.empty();
        problem = "";
        fallbackProblem = "";
        versions = Set.of();
        statistics.clear();
        sequences.clear();
    }

    /** What is in force and what was measured. */
    public TrafficReport report() {
        ActiveDocument reported;
        String source;
        synchronized (this) {
            reported = inForce;
            source = override.isPresent() ? "client" : reported.isDocument() ? "model" : "none";
        }
        ReportBuilder builder = new ReportBuilder(reported.table(), statistics);
        return new TrafficReport(
                model,
                source,
                reported.text(),
                problem.isEmpty() && !fallbackProblem.isEmpty() ? "fallback.to: " + fallbackProblem : problem,
                reported.table().config().labels(),
                builder.split(),
                builder.routes(),
                builder.versions(),
                builder.comparisons(),
                reported.reportRollback(),
                reported.shadows().stream().map(ShadowRule::report).toList());
    }

    /** What was measured of each route, for the metrics. */
    public List<RouteMetrics> metrics() {
        List<RouteMetrics> metrics = new ArrayList<>();
        statistics.forEach((route, counts) -> metrics.add(RouteMetrics.of(route, counts.snapshot())));
        metrics.sort(Comparator.comparingLong(RouteMetrics::version).thenComparing(RouteMetrics::route));
        return metrics;
    }

    /** Whether the version that a rollback watches has lost its traffic; empty where none is watched. */
    public Optional<TrafficReport.Rollback> rollback() {
        return inForce.reportRollback();
    }

    /** The model that takes requests of this one, if the document says one and a request with that version may go there. */
    public Optional<TrafficConfig.FallbackTo> fallback(String askedVersion) {
        return inForce.table().config().fallback().filter(to -> askedVersion.isEmpty() || to.evenExplicit());
    }

    /** The version that a target of the document in force leads to; -1 where another document is in force by now. */
    public long version(Target target) {
        return inForce.table().find(target).orElse(-1);
    }

    /**
     * Has the answers of a request watched, which go to the sink that is given back: counted for its route, and given to
     * the fallback where the version cannot answer.
     */
    public ResponseSink watch(
            Route route, InferRequest request, ResponseSink sink, RequestRedirect elsewhere, ShadowRunner runner) {
        ActiveDocument now = inForce;
        List<ShadowRule> shadows = shadows(now, route, request);
        ResponseSink shadowed = shadows.isEmpty()
                ? sink
                : new ShadowedAnswer(model, request, sink, shadows, elsewhere::version, runner);
        long start = sources.nanoTime().getAsLong();
        return new WatchedAnswer(
                shadowed,
                mark(route, request, false),
                outcome -> ended(route, now, outcome, start),
                error -> !request.cancelled()
                        && !TrafficTable.isSequence(request.header())
                        && fallback(request.header().modelVersion())
                                .flatMap(to -> FallbackCondition.of(error).filter(to.on()::contains))
                                .isPresent()
                        && elsewhere.fallback(request, watchFallback(request, sink)));
    }

    /** The shadows that get a copy of a request; none of one that names a version, or belongs to a sequence. */
    private List<ShadowRule> shadows(ActiveDocument now, Route route, InferRequest request) {
        if (now.shadows().isEmpty()
                || !request.header().modelVersion().isEmpty()
                || TrafficTable.isSequence(request.header())) {
            return List.of();
        }
        return now.shadows().stream()
                .filter(rule -> rule.version() != route.version()
                        && KeyHash.unit(sources.random().getAsLong())
                                < rule.config().percent() / PERCENT)
                .toList();
    }

    /** What became of the copies of requests that shadows got: by version, by outcome. */
    public SortedMap<Long, SortedMap<String, Long>> shadowCounts() {
        SortedMap<Long, SortedMap<String, Long>> counts = new TreeMap<>();
        for (ShadowRule rule : inForce.shadows()) {
            SortedMap<String, Long> ofVersion = counts.computeIfAbsent(rule.version(), _ -> new TreeMap<>());
            rule.counts().forEach((outcome, count) -> ofVersion.merge(outcome.text(), count, Long::sum));
        }
        return counts;
    }

    /** Has the answers of the fallback counted and marked. */
    public ResponseSink watchFallback(InferRequest request, ResponseSink sink) {
        Route route = new Route(0, Route.FALLBACK);
        long start = sources.nanoTime().getAsLong();
        return new WatchedAnswer(
                sink,
                mark(route, request, true),
                outcome -> ended(route, ActiveDocument.NONE, outcome, start),
                _ -> false);
    }

    private void ended(Route route, ActiveDocument watching, Outcome outcome, long start) {
        long now = sources.nanoTime().getAsLong();
        if (isMeasured(route)) {
            statistics.computeIfAbsent(route, _ -> new RouteStatistics()).record(outcome, now - start);
        }
        watching.rollback().ifPresent(watch -> watch.record(route.version(), outcome, now - start, now));
    }

    private static UnaryOperator<InferResponse> mark(Route route, InferRequest request, boolean fallback) {
        Map<String, Parameter> marks = new LinkedHashMap<>();
        if (request.header().parameters().get(ROUTE_PARAMETER) instanceof Parameter.Bool(boolean wanted) && wanted) {
            marks.put(ROUTE_PARAMETER, new Parameter.Text(route.reason()));
        }
        if (fallback) {
            marks.put(FALLBACK_PARAMETER, new Parameter.Bool(true));
        }
        return marks.isEmpty() ? UnaryOperator.identity() : response -> response.with(marks);
    }

    /**
     * Where a request goes. What it names explicitly stays; a sequence stays where it began.
     *
     * @param found the version that it goes to without traffic: the latest, or the one that it names
     */
    public Route route(InferRequest.Header header, long found, RequestOrigin origin, Versions versions) {
        String asked = header.modelVersion();
        if (!asked.isEmpty() && !Labels.isLabel(asked)) {
            return new Route(found, Route.EXPLICIT);
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
        ActiveDocument now = inForce;
        Route route = now.table()
                .decide(header, origin, versions::isReady, sources.random())
                .orElseGet(() -> new Route(found, "latest"));
        return now.rolledBack(route, versions::isReady);
    }
}
