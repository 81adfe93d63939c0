package org.keepwell.wallet.screen

import java.time.Instant
import java.time.ZoneId
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.LogService

/** What happened, newest first. */
data class LogState(
    val entries: List<LogEntry> = emptyList(),
    val isLoading: Boolean = true,
    val problem: Problem? = null,
    /** Whether what others did could not be fetched. */
    val isOwnOnly: Boolean = false,
) {
    /** The entries of each day of the person's time zone, by the time of the newest. */
    val days: List<Pair<Instant, List<LogEntry>>>
        get() = entries.groupBy { it.time.atZone(ZoneId.systemDefault()).toLocalDate() }.values.map { it.first().time to it }

    /** Whether nothing was done yet. */
    val isEmpty get() = !isLoading && problem == null && entries.isEmpty()
}

/** What is done on the log. */
sealed interface LogScreenEvent {
    data object Retry : LogScreenEvent
}

/** Reads what happened. */
class LogModel(private val log: LogService, scope: CoroutineScope) : ScreenModel<LogState, LogScreenEvent>(LogState(), scope) {
    init {
        load()
    }

    override fun on(event: LogScreenEvent) = load()

    private fun load() {
        change { it.copy(isLoading = true, problem = null) }
        scope.launch {
            val read = log.read().orElse { problem -> change { it.copy(isLoading = false, problem = problem) } } ?: return@launch
            change { it.copy(entries = read.entries, isLoading = false, isOwnOnly = read.isOwnOnly) }
        }
    }
}
