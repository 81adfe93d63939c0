package org.keepwell.app.screens

import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Current
import org.keepwell.wallet.model.LatestResult
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.Owner
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.Trend
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.screen.HomeState
import org.keepwell.wallet.screen.RecordsState

@ScreenPreviews
@Composable
internal fun HomePreview() = PreviewedHome(HomeState(overview = OVERVIEW, age = 52, counts = PreviewData.COUNTS))

@ScreenPreviews
@Composable
internal fun HomeResultsPreview() {
    val latest = OVERVIEW.copy(owner = null, allergies = Current(), medicines = Current(), problems = Current(summaries(Category.CONDITIONS), more = 3))
    PreviewedHome(HomeState(overview = latest, counts = PreviewData.COUNTS), topItem = 7)
}

@ScreenPreviews
@Composable
internal fun HomeNewPreview() {
    val new = listOf(CategoryCount(Category.RESULTS, 3), CategoryCount(Category.DOCUMENTS, 1))
    PreviewedHome(HomeState(overview = OVERVIEW.copy(new = new), age = 52, counts = PreviewData.COUNTS), topItem = 10)
}

@ScreenPreviews
@Composable
internal fun HomeNothingNotedPreview() {
    val overview = Overview(owner = OVERVIEW.owner)
    PreviewedHome(HomeState(overview = overview, age = 52, counts = listOf(CategoryCount(Category.PATIENT, 1))), topItem = 2)
}

@ScreenPreviews
@Composable
internal fun HomeTodoPreview() {
    val todo = listOf(Todo.SendDecisions(1), Todo.CheckClinics(1), Todo.CheckWords, Todo.SendRecords(12))
    PreviewedHome(HomeState(overview = OVERVIEW.copy(todo = todo), age = 52, counts = PreviewData.COUNTS, isSending = true))
}

@ScreenPreviews
@Composable
internal fun HomeTodoLaterPreview() {
    val todo = listOf(Todo.AgreeToSendAgain, Todo.EndSoon(2), Todo.LookThrough(4))
    PreviewedHome(HomeState(overview = OVERVIEW.copy(todo = todo), age = 52, counts = PreviewData.COUNTS, signIns = 1, problem = Problem.Offline))
}

@ScreenPreviews
@Composable
internal fun HomeTakenOverPreview() =
    PreviewedHome(HomeState(overview = OVERVIEW.copy(todo = listOf(Todo.TakenOver)), age = 52, counts = PreviewData.COUNTS), topItem = 1)

@ScreenPreviews
@Composable
internal fun HomeFirstPreview() = PreviewedHome(HomeState(overview = Overview(todo = listOf(Todo.CheckWords, Todo.Connect))))

@ScreenPreviews
@Composable
internal fun HomeLoadingPreview() = PreviewedHome(HomeState())

@ScreenPreviews
@Composable
internal fun HomeLockedPreview() = PreviewedHome(HomeState(problem = Problem.Locked))

@ScreenPreviews
@Composable
internal fun RecordsPreview() {
    val found = summaries(Category.CONDITIONS)
    PreviewedRecordList(RecordsState(category = Category.CONDITIONS, records = found, hasMore = true))
}

@ScreenPreviews
@Composable
internal fun RecordsLoadingPreview() = PreviewedRecordList(RecordsState(category = Category.RESULTS, isLoading = true))

@ScreenPreviews
@Composable
internal fun RecordsLockedPreview() = PreviewedRecordList(RecordsState(category = Category.RESULTS, problem = Problem.Locked))

@ScreenPreviews
@Composable
internal fun RecordsSearchPreview() {
    val found = summaries(Category.MEDICATIONS)
    val state = RecordsState(search = "e", kind = Category.MEDICATIONS, period = Period.FIVE_YEARS, records = found)
    PreviewedRecordList(state, HomeState(counts = PreviewData.COUNTS))
}

@ScreenPreviews
@Composable
internal fun RecordsNonePreview() = PreviewedRecordList(RecordsState(search = "xylophone"))

@ScreenPreviews
@Composable
internal fun TimelinePreview() = PreviewedRecordList(TIMELINE)

@ScreenPreviews
@Composable
internal fun TimelineArrivalPreview() {
    val latest = TIMELINE.records.sortedByDescending { it.arrived }
    PreviewedRecordList(TIMELINE.copy(order = RecordOrder.LATEST_ARRIVAL, records = latest))
}

@ScreenPreviews
@Composable
internal fun TimelineLoadingPreview() = PreviewedRecordList(RecordsState(isTimeline = true, isLoading = true))

@ScreenPreviews
@Composable
internal fun TimelineLockedPreview() = PreviewedRecordList(RecordsState(isTimeline = true, problem = Problem.Locked))

/** [topItem] is the number of the list's item that stands at the top. */
@Composable
private fun PreviewedHome(state: HomeState, topItem: Int = 0) {
    val list = rememberLazyListState(initialFirstVisibleItemIndex = topItem)
    PreviewFrame(tab = Route.Records) {
        RecordsScreen(state = RecordsState(), home = state, onBack = null, onLock = {}, onEvent = {}, onHomeEvent = {}, list = list, onSettings = {})
    }
}

@Composable
private fun PreviewedRecordList(state: RecordsState, home: HomeState? = null) {
    // What is searched for is found in the main place; lists of one kind and by date are places of their own.
    val tab = Route.Records.takeIf { state.category == null && !state.isTimeline }
    val back = {}.takeIf { tab == null }
    PreviewFrame(tab = tab) { RecordsScreen(state = state, home = home, onBack = back, onLock = {}, onEvent = {}, onHomeEvent = {}) }
}

private fun summaries(category: Category): List<RecordSummary> = FakeData.records.map { it.summary }.filter { it.category == category }

private val TIMELINE = RecordsState(
    isTimeline = true,
    counts = PreviewData.COUNTS,
    records = FakeData.records.map { it.summary }.filter { it.title != "Creatinine" }.sortedByDescending { it.date },
    hasMore = true,
)

private val OVERVIEW = Overview(
    owner = Owner(name = "Ana Lucía Ortega", birthDate = "1974-03-09"),
    allergies = Current(),
    problems = Current(summaries(Category.CONDITIONS)),
    medicines = Current(summaries(Category.MEDICATIONS)),
    results = listOf(
        LatestResult(summaries(Category.RESULTS).first(), Trend.UP),
        LatestResult(summaries(Category.RESULTS).last(), Trend.DOWN),
        LatestResult(summaries(Category.VITALS).first()),
    ),
)
