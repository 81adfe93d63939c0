package org.keepwell.wallet.screen

import java.time.InstantSource
import java.time.LocalDate
import java.time.ZoneId
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Cursor
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** The records of one category, of a search, or of all time; none of them is the home. */
data class RecordsState(
    val category: Category? = null,
    /** Whether everything is listed, under the days on which it was or came in. */
    val isTimeline: Boolean = false,
    val order: RecordOrder = RecordOrder.NEWEST_FIRST,
    /** How many records each category of a timeline holds. */
    val counts: List<CategoryCount> = emptyList(),
    val search: String = "",
    /** The one category that a search or a timeline is narrowed to; null: all. */
    val kind: Category? = null,
    val period: Period = Period.ANY,
    val records: List<RecordSummary> = emptyList(),
    val hasMore: Boolean = false,
    val isLoading: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether records are listed, in place of the home. */
    val isList get() = category != null || isTimeline || search.isNotBlank()

    /** Whether they can be narrowed to a period, which is one of the dates that they show: in the order of arrival it would mean another. */
    val hasPeriods get() = isList && !(isTimeline && order == RecordOrder.LATEST_ARRIVAL)

    /** Whether records of all categories are listed, which can be narrowed to one. */
    val isOfAll get() = isList && category == null

    /** A timeline's records under the day of each, in the order of the list. */
    val days: List<RecordDay> by lazy { if (isTimeline) byDay() else emptyList() }

    /** Whether a list was looked for and is empty. */
    val isNothingFound get() = isList && !isLoading && problem == null && records.isEmpty()

    private fun byDay(): List<RecordDay> {
        val days = ArrayList<RecordDay>()
        var from = 0
        for (at in 1..records.size) {
            if (at < records.size && day(records[at]) == day(records[from])) continue
            days += RecordDay(day(records[from]), records.subList(from, at))
            from = at
        }
        return days
    }

    private fun day(record: RecordSummary): String? = when (order) {
        RecordOrder.NEWEST_FIRST -> record.date?.take(DAY)
        RecordOrder.LATEST_ARRIVAL -> record.arrived?.let { LocalDate.ofInstant(it, ZoneId.systemDefault()).toString() }
    }

    override fun toString() = "RecordsState(..)"

    private companion object {
        /** FHIR's dates begin with the day, or with as much of it as is known. */
        const val DAY = 10
    }
}

/** The records of one [day], which is a FHIR date: a year, a month or a day; null for those that have none. */
data class RecordDay(val day: String?, val records: List<RecordSummary>) {
    override fun toString() = "RecordDay(..)"
}

/** What is done on the list of records. */
sealed interface RecordsEvent {
    class Search(val text: String) : RecordsEvent {
        override fun toString() = "Search(..)"
    }

    /** Only this category of what is searched for; null: all. */
    data class Choose(val kind: Category?) : RecordsEvent
    /** By the date that they show, or by when they came in; a timeline only. */
    data class Order(val order: RecordOrder) : RecordsEvent
    data class Within(val period: Period) : RecordsEvent
    data class Open(val id: RecordId) : RecordsEvent
    data object More : RecordsEvent
    data object Retry : RecordsEvent
}

/** Loads records page by page; a search waits until typing pauses. */
class RecordsModel(
    private val category: Category?,
    private val services: WalletServices,
    private val navigator: Navigator,
    private val clock: InstantSource,
    scope: CoroutineScope,
    isTimeline: Boolean = false,
) : ScreenModel<RecordsState, RecordsEvent>(RecordsState(category, isTimeline), scope) {
    private var loading: Job? = null
    private var next: Cursor? = null

    /** What stands there while nothing is searched for; none in a category or a timeline. */
    val home: HomeModel? = if (category == null && !isTimeline) HomeModel(services, navigator, clock, scope) else null

    init {
        reload()
        scope.launch { services.records.changes.collect { reload() } }
    }

    override fun on(event: RecordsEvent) {
        when (event) {
            is RecordsEvent.Search -> {
                // The next search of everything begins without what narrowed this one.
                val ends = home != null && event.text.isBlank()
                change { it.copy(search = event.text, kind = it.kind.takeUnless { ends }, period = if (ends) Period.ANY else it.period) }
                reload(TYPING)
            }
            is RecordsEvent.Choose -> if (state.value.isOfAll) narrow { it.copy(kind = event.kind) }
            is RecordsEvent.Order -> if (state.value.isTimeline) narrow {
                it.copy(order = event.order, period = if (event.order == RecordOrder.LATEST_ARRIVAL) Period.ANY else it.period)
            }
            is RecordsEvent.Within -> if (state.value.hasPeriods) narrow { it.copy(period = event.period) }
            is RecordsEvent.Open -> navigator.open(Route.Record(event.id))
            RecordsEvent.More -> if (next != null && !state.value.isLoading) load { page() }
            RecordsEvent.Retry -> reload()
        }
    }

    private fun narrow(step: (RecordsState) -> RecordsState) {
        change { step(it).copy(records = emptyList(), hasMore = false) }
        reload()
    }

    private fun reload(pause: Duration = Duration.ZERO) {
        next = null
        if (!state.value.isList) {
            loading?.cancel()
            return change { it.copy(records = emptyList(), hasMore = false, isLoading = false, problem = null) }
        }
        load {
            delay(pause)
            if (state.value.isTimeline) count()
            page()
        }
    }

    private fun load(block: suspend () -> Unit) {
        loading?.cancel()
        change { it.copy(isLoading = true, problem = null) }
        loading = scope.launch { block() }
    }

    private suspend fun count() {
        val counts = services.records.counts().orElse(::fail) ?: return
        change { it.copy(counts = counts) }
    }

    private suspend fun page() {
        val after = next
        val text = state.value.search.takeIf { it.isNotBlank() }
        val since = state.value.period.since(LocalDate.ofInstant(clock.instant(), ZoneId.systemDefault()))
        val query = RecordQuery(category ?: state.value.kind, text, since, state.value.order, after)
        val page = services.records.page(query).orElse(::fail) ?: return
        next = page.next
        change {
            val before = if (after == null) emptyList() else it.records
            it.copy(records = before + page.records, hasMore = page.next != null, isLoading = false)
        }
    }

    private fun fail(problem: Problem) = change { it.copy(isLoading = false, problem = problem) }

    private companion object {
        val TYPING = 250.milliseconds
    }
}
