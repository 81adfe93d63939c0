package org.keepwell.app.ui

import android.text.InputType
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
import androidx.compose.ui.text.input.KeyboardType

/**
 * A field for words that only their owner may know. They stand readable, because nobody copies 24 words blindly; the
 * keyboard is told that they are a password, so that it neither corrects, suggests nor learns them.
 */
@OptIn(ExperimentalComposeUiApi::class)
@Composable
fun SecretField(
    text: String,
    label: String,
    tag: String,
    lines: Int,
    isWrong: Boolean,
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
            isError = isWrong,
            singleLine = lines == 1,
            // A list of one word a line scrolls within, so that what stands below stays in sight.
            minLines = lines,
            maxLines = if (lines == 1) 1 else lines + 3,
            keyboardOptions = KeyboardOptions(
                capitalization = KeyboardCapitalization.None,
                autoCorrectEnabled = false,
                keyboardType = KeyboardType.Password,
            ),
            shape = MaterialTheme.shapes.medium,
        )
    }
}

/** Adds what Compose has no name for: a password that is seen, no suggestions, nothing learned. */
@OptIn(ExperimentalComposeUiApi::class)
private val UNLEARNED = PlatformTextInputInterceptor { request, next ->
    next.startInputMethod(PlatformTextInputMethodRequest { attributes ->
        request.createInputConnection(attributes).also {
            val lines = attributes.inputType and InputType.TYPE_TEXT_FLAG_MULTI_LINE
            attributes.inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD or
                InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS or lines
            attributes.imeOptions = attributes.imeOptions or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
        }
    })
}
