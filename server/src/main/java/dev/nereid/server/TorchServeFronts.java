package dev.nereid.server;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.StartException;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.protocol.Listener;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.torchserve.ListenAddress;
import dev.nereid.server.torchserve.TorchServe;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.grpc.TorchServeGrpc;
import dev.nereid.server.torchserve.rest.TorchServeRest;
import dev.nereid.server.torchserve.rest.TorchServeRest.Api;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Opens the fronts of TorchServe's kind: one listener for each address, whichever APIs are there. */
final class TorchServeFronts {
    private static final Map<Front, Api> APIS = new EnumMap<>(Map.of(
            Front.TORCHSERVE_INFERENCE, Api.INFERENCE,
            Front.TORCHSERVE_MANAGEMENT, Api.MANAGEMENT,
            Front.TORCHSERVE_METRICS, Api.METRICS));
    private static final Set<Front> GRPC = EnumSet.of(Front.TORCHSERVE_GRPC, Front.TORCHSERVE_GRPC_MANAGEMENT);

    /** An address with the fronts that are there. */
    private record Shared(ListenAddress address, List<Front> fronts) {}

    private final ServerConfig config;
    private final TorchServe server;
    private final ModelRepository repository;
    private final SlabPool memory;
    private final Extensions extensions;

    TorchServeFronts(
            ServerConfig config,
            TorchServe server,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions) {
        this.config = config;
        this.server = server;
        this.repository = repository;
        this.memory = memory;
        this.extensions = extensions;
    }

    /**
     * Registers the start-up models.
     *
     * @throws StartException with one sentence if one that is named cannot be registered
     */
    void registerStartupModels() {
        try {
            server.models().registerStartupModels();
        } catch (TorchServeException e) {
            throw new StartException("the start-up models cannot be registered: " + e.text(), e);
        }
    }

    /** The fronts, of which some may share a listener. */
    List<OpenFront> open() {
        List<OpenFront> opened = new ArrayList<>();
        for (Shared listener : listeners(APIS.keySet())) {
            Set<Api> apis = EnumSet.noneOf(Api.class);
            listener.fronts().forEach(front -> apis.add(APIS.get(front)));
            HttpFront front = TorchServeRest.start(server, listener.address(), apis, memory, extensions);
            opened.addAll(opened(listener, front));
        }
        for (Shared listener : listeners(GRPC)) {
            GrpcFront front = TorchServeGrpc.start(
                    server,
                    listener.address(),
                    listener.fronts().contains(Front.TORCHSERVE_GRPC),
                    listener.fronts().contains(Front.TORCHSERVE_GRPC_MANAGEMENT),
                    repository,
                    memory,
                    extensions);
            opened.addAll(opened(listener, front));
        }
        return opened;
    }

    /** The fronts that are wanted, by their addresses; with port 0 each has a listener of its own. */
    private List<Shared> listeners(Set<Front> kind) {
        List<Shared> listeners = new ArrayList<>();
        Map<ListenAddress, Shared> shared = new HashMap<>();
        for (Front front : kind) {
            if (!config.fronts().contains(front)) {
                continue;
            }
            ListenAddress address = config.torchServe(front);
            Shared there = address.isAnyPort() ? null : shared.get(address);
            if (there == null) {
                there = new Shared(address, new ArrayList<>());
                listeners.add(there);
                shared.put(address, there);
            }
            there.fronts().add(front);
        }
        return listeners;
    }

    private static List<OpenFront> opened(Shared shared, Listener listener) {
        List<OpenFront> opened = new ArrayList<>();
        for (Front front : shared.fronts()) {
            opened.add(
                    ServerFronts.opened(front, front.title(), shared.address().host(), listener));
        }
        return opened;
    }
}
