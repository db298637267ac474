package dev.nereid.server;

import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.http.AllowedHosts;
import dev.nereid.server.protocol.BindAddress;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** From where the server can be reached, as sentences for the log: who starts it may not know that others can reach it. */
final class ReachableAddresses {
    private static final String LOOPBACK = "127.0.0.1";

    private ReachableAddresses() {}

    /** A sentence for each address that fronts listen on. */
    static List<String> lines(ServerConfig config) {
        Map<String, List<Front>> fronts = new LinkedHashMap<>();
        for (Front front : config.fronts()) {
            fronts.computeIfAbsent(config.address(front), _ -> new ArrayList<>())
                    .add(front);
        }
        List<String> lines = new ArrayList<>();
        fronts.forEach((address, listening) -> lines.add(line(address, listening)));
        return lines;
    }

    private static String line(String address, List<Front> fronts) {
        String titles = fronts.stream().map(Front::title).collect(Collectors.joining(", "));
        if (BindAddress.isUnixSocket(address)) {
            return titles + " can be reached by who may write to " + address;
        }
        if (isWildcard(address)) {
            return titles + " can be reached from every network of this machine, at " + String.join(", ", addresses())
                    + "; for this machine alone: " + flags(fronts);
        }
        return titles
                + (AllowedHosts.isLoopback(address)
                        ? " can be reached from this machine alone, at " + address
                        : " can be reached from the networks of " + address);
    }

    private static boolean isWildcard(String address) {
        try {
            return InetAddress.getByName(address).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Those of all interfaces that are up. */
    private static List<String> addresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(ReachableAddresses::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLinkLocalAddress())
                    .map(address -> address.getHostAddress().split("%", 2)[0]) // without the interface
                    .toList();
        } catch (SocketException e) {
            return List.of("addresses that the system does not tell");
        }
    }

    private static boolean isUp(NetworkInterface network) {
        try {
            return network.isUp();
        } catch (SocketException e) {
            return false;
        }
    }

    private static String flags(List<Front> fronts) {
        return fronts.stream()
                .map(Front::addressFlag)
                .distinct()
                .map(flag -> "--" + flag + "=" + LOOPBACK)
                .collect(Collectors.joining(" "));
    }
}
