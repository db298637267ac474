package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/** Orders nodes so that each comes after those whose outputs it reads. */
final class TopologicalOrder {
    private TopologicalOrder() {}

    /**
     * The nodes in such an order, near to the given one; the given one itself where it is one already.
     *
     * @throws ModelFormatException if the nodes form a cycle
     */
    static List<Node> sort(List<Node> nodes) {
        Map<Value, Integer> producers = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (Optional<Value> output : nodes.get(i).outputs()) {
                if (output.isPresent()) {
                    producers.put(output.get(), i);
                }
            }
        }
        List<List<Integer>> readers = new ArrayList<>();
        int[] waiting = new int[nodes.size()];
        nodes.forEach(_ -> readers.add(new ArrayList<>()));
        boolean ordered = true;
        for (int i = 0; i < nodes.size(); i++) {
            for (int producer : producersOf(nodes.get(i), producers)) {
                readers.get(producer).add(i);
                waiting[i]++;
                ordered &= producer < i;
            }
        }
        return ordered ? nodes : sort(nodes, readers, waiting);
    }

    private static List<Node> sort(List<Node> nodes, List<List<Integer>> readers, int[] waiting) {
        PriorityQueue<Integer> ready = new PriorityQueue<>();
        for (int i = 0; i < waiting.length; i++) {
            if (waiting[i] == 0) {
                ready.add(i);
            }
        }
        List<Node> sorted = new ArrayList<>();
        while (!ready.isEmpty()) {
            int next = ready.remove();
            sorted.add(nodes.get(next));
            for (int reader : readers.get(next)) {
                if (--waiting[reader] == 0) {
                    ready.add(reader);
                }
            }
        }
        for (int i = 0; i < waiting.length; i++) {
            if (waiting[i] > 0) {
                throw new ModelFormatException(nodes.get(i).describe() + " is part of a cycle or follows one");
            }
        }
        return sorted;
    }

    private static Set<Integer> producersOf(Node node, Map<Value, Integer> producers) {
        Set<Integer> found = new HashSet<>();
        for (Optional<Value> input : node.inputs()) {
            Integer producer = input.map(producers::get).orElse(null);
            if (producer != null) {
                found.add(producer);
            }
        }
        return found;
    }
}
