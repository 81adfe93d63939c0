package org.keepwell.app.screens

import androidx.annotation.StringRes
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.FlagBadge
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.LinkList
import org.keepwell.app.ui.LinkRow
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.TodoCards
import org.keepwell.app.ui.TrendText
import org.keepwell.app.ui.clinicalDate
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordCount
import org.keepwell.app.ui.recordDetail
import org.keepwell.app.ui.valueText
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Current
import org.keepwell.wallet.model.LatestResult
import org.keepwell.wallet.model.Owner
import org.keepwell.wallet.screen.HomeEvent
import org.keepwell.wallet.screen.HomeState

/** Whose records these are. */
@Composable
internal fun OwnerTitle(owner: Owner?, age: Int?, modifier: Modifier = Modifier) {
    val title = stringResource(R.string.records_title)
    if (owner == null) return ScreenTitle(text = title, modifier = modifier)
    Column(modifier = modifier) {
        ScreenTitle(text = owner.name, above = title)
        val born = stringResource(R.string.import_person_born, clinicalDate(owner.birthDate))
        SecondaryText(text = listOfNotNull(born, age?.let { pluralStringResource(R.plurals.home_age, it, it) }).joinToString(" · "))
    }
}

/** The first screen below its title: what there is to do, what holds now, the latest results, what is new, and all categories. */
internal fun LazyListScope.homeItems(state: HomeState, onEvent: (HomeEvent) -> Unit) {
    state.problem?.let { problem ->
        item(key = "problem") { ProblemNotice(problem = problem, onRetry = { onEvent(HomeEvent.Retry) }) }
    }
    if (state.isLoading) item(key = "loading") { BusyIndicator() }
    val overview = state.overview ?: return
    if (state.todo.isNotEmpty()) {
        item(key = "todo") { TodoCards(todo = state.todo, isSending = state.isSending, onDo = { onEvent(HomeEvent.Do(it)) }) }
    }
    if (state.isEmpty) {
        item(key = "empty") { SecondaryText(text = stringResource(R.string.records_empty)) }
        return
    }
    currentItems(Category.ALLERGIES, overview.allergies, R.string.home_allergies_none, onEvent)
    currentItems(Category.CONDITIONS, overview.problems, R.string.home_problems_none, onEvent)
    currentItems(Category.MEDICATIONS, overview.medicines, R.string.home_medicines_none, onEvent)
    if (overview.results.isNotEmpty()) {
        item(key = "results heading") { SectionHeading(text = stringResource(R.string.home_results)) }
        item(key = "results") {
            LinkList { overview.results.forEach { ResultRow(result = it, onOpen = { onEvent(HomeEvent.Open(it.record.id)) }) } }
        }
    }
    if (overview.new.isNotEmpty()) newItems(overview.new, overview.newest, onEvent)
    item(key = "timeline") {
        LinkCard(title = stringResource(R.string.timeline_title), onClick = { onEvent(HomeEvent.OpenTimeline) }, detail = stringResource(R.string.timeline_how))
    }
    item(key = "categories heading") { SectionHeading(text = stringResource(R.string.home_categories)) }
    items(count = state.counts.size, key = { "category ${state.counts[it].category.stableName}" }) { index ->
        val (category, count) = state.counts[index]
        LinkCard(title = label(category), onClick = { onEvent(HomeEvent.OpenCategory(category)) }, trailing = count.toString())
    }
    item(key = "add") { OtherButton(text = stringResource(R.string.import_action), onClick = { onEvent(HomeEvent.Add) }) }
}

/** What holds now of a category; that none is noted does not mean that there is none, and [none] says so. */
private fun LazyListScope.currentItems(category: Category, current: Current, @StringRes none: Int, onEvent: (HomeEvent) -> Unit) {
    item(key = "current heading ${category.stableName}") { SectionHeading(text = label(category)) }
    item(key = "current ${category.stableName}") {
        if (current.records.isEmpty()) {
            InfoCard { SecondaryText(text = stringResource(none)) }
        } else {
            LinkList {
                current.records.forEach { record ->
                    LinkRow(
                        title = record.title ?: stringResource(R.string.record_untitled),
                        onClick = { onEvent(HomeEvent.Open(record.id)) },
                    ) { recordDetail(record)?.let { SecondaryText(text = it) } }
                }
                if (current.more > 0) {
                    val more = current.more.toInt()
                    LinkRow(title = pluralStringResource(R.plurals.review_more, more, more), onClick = { onEvent(HomeEvent.OpenCategory(category)) })
                }
            }
        }
    }
}

/** What came since the last time. That it was on the screen is noted, and so it is new only once. */
private fun LazyListScope.newItems(new: List<CategoryCount>, newest: Arrival, onEvent: (HomeEvent) -> Unit) {
    item(key = "new heading") { SectionHeading(text = stringResource(R.string.home_new)) }
    item(key = "new") {
        LaunchedEffect(newest) { onEvent(HomeEvent.SeeNew) }
        LinkList {
            new.forEach { (category, count) ->
                LinkRow(title = label(category), onClick = { onEvent(HomeEvent.OpenCategory(category)) }) { SecondaryText(text = recordCount(count)) }
            }
        }
    }
}

@Composable
private fun ResultRow(result: LatestResult, onOpen: () -> Unit, modifier: Modifier = Modifier) {
    val record = result.record
    LinkRow(title = record.title ?: stringResource(R.string.record_untitled), onClick = onOpen, modifier = modifier) {
        Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
            record.value?.let { Text(text = valueText(it), style = MaterialTheme.typography.titleMedium) }
            record.flag?.let { FlagBadge(flag = it) }
            result.trend?.let { TrendText(trend = it) }
            val said = listOfNotNull(label(record.validities.first()), record.date?.let { clinicalDate(it) })
            if (said.isNotEmpty()) SecondaryText(text = said.joinToString(" · "))
        }
    }
}
