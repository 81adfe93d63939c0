package org.keepwell.app.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import org.keepwell.app.R
import org.keepwell.wallet.model.PreviewedCategory

/** The records of one category that somebody would get: the newest by their titles, and the others when asked for. */
@Composable
fun PreviewedRecords(previewed: PreviewedCategory, modifier: Modifier = Modifier) {
    val (category, records) = previewed
    var shown by rememberSaveable { mutableIntStateOf(FIRST) }
    InfoCard(modifier = modifier) {
        Column(modifier = Modifier.semantics(mergeDescendants = true) { heading() }) {
            Text(text = label(category), style = MaterialTheme.typography.titleMedium)
            SecondaryText(text = recordCount(records.size.toLong()))
        }
        records.take(shown).forEach { record ->
            Column(modifier = Modifier.semantics(mergeDescendants = true) {}) {
                Text(text = record.title ?: stringResource(R.string.record_untitled), style = MaterialTheme.typography.bodyLarge)
                recordDetail(record)?.let { SecondaryText(text = it) }
            }
        }
        val more = records.size - shown
        if (more > 0) QuietButton(text = pluralStringResource(R.plurals.review_more, more, more), onClick = { shown += MORE })
    }
}

/** How many stand there at first, and how many come with each press: a list of thousands must not hold up the screen. */
private const val FIRST = 3
private const val MORE = 50
