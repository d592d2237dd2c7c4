"""What every study is made of: question, experiment, training, claims, views, page."""
