package org.keepwell.app.ui

import android.view.inputmethod.EditorInfo
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.ExperimentalComposeUiApi
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.InterceptPlatformTextInput
import androidx.compose.ui.platform.PlatformTextInputInterceptor
import androidx.compose.ui.platform.PlatformTextInputMethodRequest
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.input.KeyboardCapitalization

/** A field for sentences about one's health: the keyboard helps with them and is told to learn nothing of them. */
@OptIn(ExperimentalComposeUiApi::class)
@Composable
fun ProseField(
    text: String,
    label: String,
    tag: String,
    onChange: (String) -> Unit,
    modifier: Modifier = Modifier,
    isEnabled: Boolean = true,
) {
    InterceptPlatformTextInput(interceptor = UNLEARNED) {
        OutlinedTextField(
            value = text,
            onValueChange = onChange,
            modifier = modifier.fillMaxWidth().testTag(tag),
            enabled = isEnabled,
            label = { Text(text = label) },
            textStyle = MaterialTheme.typography.bodyLarge,
            minLines = 3,
            // What stands below stays in sight.
            maxLines = 8,
            keyboardOptions = KeyboardOptions(capitalization = KeyboardCapitalization.Sentences),
            shape = MaterialTheme.shapes.medium,
        )
    }
}

@OptIn(ExperimentalComposeUiApi::class)
private val UNLEARNED = PlatformTextInputInterceptor { request, next ->
    next.startInputMethod(PlatformTextInputMethodRequest { attributes ->
        request.createInputConnection(attributes).also {
            attributes.imeOptions = attributes.imeOptions or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
        }
    })
}
