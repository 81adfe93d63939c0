package org.keepwell.app.ui

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.FilterChip
import androidx.compose.material3.FilterChipDefaults
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R

/** Choices of which one holds, side by side; the chosen one has a tick. */
@Composable
fun <Choice> FilterChips(
    choices: List<Choice>,
    chosen: Choice,
    onChoose: (Choice) -> Unit,
    modifier: Modifier = Modifier,
    name: @Composable (Choice) -> String,
) {
    Row(
        modifier = modifier.horizontalScroll(rememberScrollState()).selectableGroup(),
        horizontalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        choices.forEach { choice ->
            FilterChip(
                selected = choice == chosen,
                onClick = { onChoose(choice) },
                label = { Text(text = name(choice)) },
                modifier = Modifier.heightIn(min = 48.dp),
                leadingIcon = {
                    if (choice == chosen) {
                        Icon(
                            painter = painterResource(R.drawable.ic_check),
                            contentDescription = null,
                            modifier = Modifier.size(FilterChipDefaults.IconSize),
                        )
                    }
                },
            )
        }
    }
}
