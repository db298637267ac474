/**
 * Who asks, and what they may: API keys, certificates of clients, and rules for models and groups of calls. Fronts bring
 * what a request shows, the repository asks which models it may see. Depends on watch and protocol.
 */
@NullMarked
package dev.nereid.server.access;

import org.jspecify.annotations.NullMarked;
